//! What can be wrong with a forum as a whole: a table of rules, one a file. Each is a function of the forum and shares
//! nothing with the others. What is wrong with a file taken by itself (its YAML, its encoding) `content` has found
//! already.

mod account_doubled;
mod alias_address;
mod alias_doubled;
mod answer_target;
mod attachment_missing;
mod attachment_type;
mod author_unknown;
mod autolink_scheme;
mod avatar_missing;
mod date_before_topic;
mod date_missing;
mod email_doubled;
mod handle_shape;
mod html_tag;
mod image_alt;
mod link_address;
mod link_target;
mod locked_reply;
mod member_doubled;
mod member_key;
mod misplaced_file;
mod moderator_unknown;
mod nesting;
mod opening_doubled;
mod opening_missing;
mod path_collision;
mod path_name;
mod post_size;
mod reply_target;
mod reserved_name;
mod tag_shape;
mod title_empty;
mod topic_homeless;
mod unknown_file;

use rayon::prelude::*;

use crate::content::{Forum, Places, Topic};
use crate::diagnostic::{Diagnostic, Rule};
use crate::markdown::FaultKind;

/// What every rule may look at.
#[derive(Debug)]
pub struct Context<'f> {
    /// The forum.
    pub forum: &'f Forum,
    /// The ways to its places.
    pub places: Places<'f>,
}

type Faults = Vec<Diagnostic>;

/// What is, and what to do.
type JudgeText = fn(&Context<'_>, &FaultKind) -> Option<(String, &'static str)>;

/// How a rule judges.
enum Judge {
    /// Each fault of a post's text: what is, and what to do.
    Text(JudgeText),
    /// Each topic by itself.
    Topic(fn(&Context<'_>, &Topic, &mut Faults)),
    /// The forum as a whole.
    Forum(fn(&Context<'_>, &mut Faults)),
}

/// A rule with the way it judges.
struct Row {
    rule: &'static Rule,
    judge: Judge,
}

static TABLE: [&Row; 34] = [
    &account_doubled::ROW,
    &alias_address::ROW,
    &alias_doubled::ROW,
    &answer_target::ROW,
    &attachment_missing::ROW,
    &attachment_type::ROW,
    &author_unknown::ROW,
    &autolink_scheme::ROW,
    &avatar_missing::ROW,
    &date_before_topic::ROW,
    &date_missing::ROW,
    &email_doubled::ROW,
    &handle_shape::ROW,
    &html_tag::ROW,
    &image_alt::ROW,
    &link_address::ROW,
    &link_target::ROW,
    &locked_reply::ROW,
    &member_doubled::ROW,
    &member_key::ROW,
    &misplaced_file::ROW,
    &moderator_unknown::ROW,
    &nesting::ROW,
    &opening_doubled::ROW,
    &opening_missing::ROW,
    &path_collision::ROW,
    &path_name::ROW,
    &post_size::ROW,
    &reply_target::ROW,
    &reserved_name::ROW,
    &tag_shape::ROW,
    &title_empty::ROW,
    &topic_homeless::ROW,
    &unknown_file::ROW,
];

/// Every rule that boards has, those of single files included.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    use crate::{config, content, theme, yaml};
    static FILES: [&Rule; 15] = [
        &config::BASE_URL_MISSING,
        &config::FORMAT_NEWER,
        &config::FORUM_MISSING,
        &content::FRONT_MATTER,
        &content::TEXT_ENCODING,
        &theme::THEME_CONFIG,
        &theme::THEME_MISSING,
        &theme::THEME_SYNTAX,
        &theme::THEME_VARIABLE,
        &yaml::DOUBLED_FIELD,
        &yaml::FIELD_VALUE,
        &yaml::MISSING_FIELD,
        &yaml::UNKNOWN_FIELD,
        &yaml::YAML_FEATURE,
        &yaml::YAML_SYNTAX,
    ];
    TABLE.iter().map(|row| row.rule).chain(FILES)
}

/// Every fault of the forum as a whole, in no order.
#[must_use]
pub fn judge(forum: &Forum) -> Faults {
    let context = Context { forum, places: Places::new(forum) };
    let mut faults: Faults = forum
        .topics
        .par_iter()
        .chain(&forum.homeless)
        .fold(Vec::new, |mut faults, topic| {
            for row in TABLE {
                match row.judge {
                    Judge::Topic(judge) => judge(&context, topic, &mut faults),
                    Judge::Text(judge) => judge_texts(&context, topic, row.rule, judge, &mut faults),
                    Judge::Forum(_) => {}
                }
            }
            faults
        })
        .reduce(Vec::new, |mut all, mut more| {
            all.append(&mut more);
            all
        });
    for row in TABLE {
        if let Judge::Forum(judge) = row.judge {
            judge(&context, &mut faults);
        }
    }
    faults
}

fn judge_texts(context: &Context<'_>, topic: &Topic, rule: &Rule, judge: JudgeText, faults: &mut Faults) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Some((message, hint)) = judge(context, &fault.kind) {
                faults.push(rule.at(topic.post_file(&context.forum.content, post), fault.at, message, hint));
            }
        }
    }
}

impl Context<'_> {
    /// The path of something in the content folder, from the repository's top.
    fn path(&self, below: &str) -> String {
        format!("{}/{below}", self.forum.content)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rules_are_named_once_and_in_order() {
        let names: Vec<_> = super::TABLE.iter().map(|row| row.rule.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
