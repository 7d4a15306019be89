//! The Markdown of a forge → that of the content format: numbers of issues become links to them, pictures written as HTML
//! become pictures. What stands in code stays as it is.

/// Turns a text into Markdown of the content format. `repository` is the address that `#12` is below.
pub(super) fn markdown(body: &str, repository: Option<&str>) -> String {
    let body = body.replace("\r\n", "\n");
    let mut out = String::with_capacity(body.len());
    let mut fence: Option<(char, usize)> = None;
    for line in body.split_inclusive('\n') {
        let start = line.trim_start();
        let mark = start.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = mark.map_or(0, |mark| start.chars().take_while(|c| *c == mark).count());
        match (fence, mark) {
            (None, Some(mark)) if length >= 3 => {
                fence = Some((mark, length));
                out.push_str(line);
            }
            (Some((open, least)), Some(mark))
                if mark == open && length >= least && start[length..].trim().is_empty() =>
            {
                fence = None;
                out.push_str(line);
            }
            (Some(_), _) => out.push_str(line),
            (None, _) if line.starts_with("    ") || line.starts_with('\t') => out.push_str(line),
            (None, _) => push(line, repository, &mut out),
        }
    }
    out.trim_end().to_owned()
}

/// A line outside of blocks of code.
fn push(line: &str, repository: Option<&str>, out: &mut String) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '`' => {
                // Code ends at as many marks as it began with.
                let marks = rest.bytes().take_while(|b| *b == b'`').count();
                let close = rest[marks..].find(&rest[..marks]).map_or(marks, |at| marks + at + marks);
                out.push_str(&rest[..close]);
                close
            }
            '#' if !before.is_alphanumeric() && !"/&[".contains(before) => number(rest, repository, out),
            '<' if rest.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("<img")) => picture(rest, out),
            _ => 0,
        };
        let taken = if taken == 0 {
            out.push(c);
            c.len_utf8()
        } else {
            taken
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
}

/// `#12` as a link; how many bytes it is.
fn number(text: &str, repository: Option<&str>, out: &mut String) -> usize {
    let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    let word = text[1 + digits..].chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    match repository {
        Some(repository) if (1..=9).contains(&digits) && !word => {
            let number = &text[1..=digits];
            let place = if repository.contains("gitlab") { "-/issues" } else { "issues" };
            out.push_str(&format!("[#{number}]({repository}/{place}/{number})"));
            1 + digits
        }
        _ => 0,
    }
}

/// `<img src="…" alt="…">` as a picture; how many bytes it is.
fn picture(text: &str, out: &mut String) -> usize {
    let Some(end) = text.find('>') else { return 0 };
    let tag = &text[..end];
    let value = |name: &str| {
        let at = tag.to_ascii_lowercase().find(&format!(" {name}="))? + name.len() + 2;
        let quote = tag[at..].chars().next().filter(|c| matches!(c, '"' | '\''));
        match quote {
            Some(quote) => tag[at + 1..].split(quote).next(),
            None => tag[at..].split([' ', '/']).next().filter(|it| !it.is_empty()),
        }
    };
    match value("src") {
        Some(address) if !address.is_empty() && !address.contains(['\n', '<', '>', ' ', '(', ')']) => {
            let alt = crate::archive::html::plain_words(value("alt").unwrap_or_default());
            out.push_str(&format!("![{alt}]({address})"));
            end + 1
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn md(text: &str) -> String {
        markdown(text, Some("https://github.com/tea/pot"))
    }

    #[test]
    fn numbers_are_links_outside_of_code() {
        assert_eq!(
            md("See #12, (#3)."),
            "See [#12](https://github.com/tea/pot/issues/12), ([#3](https://github.com/tea/pot/issues/3))."
        );
        for same in
            ["`#12`", "a#12", "#12a", "```\n#12\n```", "    #12", "# Heading", "[#1](x)", "https://x.example/#12"]
        {
            assert_eq!(md(same), same);
        }
        assert_eq!(markdown("#12", None), "#12");
    }

    #[test]
    fn pictures_written_as_html_are_pictures() {
        assert_eq!(
            md("<img width=\"3\" alt=\"A [cup]\" src=\"https://x.example/a.png\">!"),
            "![A \\[cup\\]](https://x.example/a.png)!"
        );
        assert_eq!(md("<img src=>"), "<img src=>");
    }
}
