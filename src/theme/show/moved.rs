//! Old addresses in → the pages that stand there, the table that the script looks into, and the rules that hosts read.

use super::Show;
use crate::config::Redirects;
use crate::site::{MissingPage, MovedPage, MovedTable};
use crate::theme::view::{LinkView, MissingView, MovedView, TableView};

impl Show<'_> {
    pub(super) fn missing(&self, page: &MissingPage<'_>) -> MissingView {
        MissingView { frame: self.frame(&page.frame, ""), old: self.table(page.parts) }
    }

    pub(super) fn moved(&self, page: &MovedPage<'_>) -> MovedView {
        let to = LinkView { title: page.frame.title.to_owned(), address: self.here(page.frame.address) };
        MovedView { frame: self.frame(&page.frame, ""), to, old: self.table(page.parts) }
    }

    pub(super) fn table(&self, parts: u32) -> Option<TableView> {
        (parts > 0).then(|| TableView { address: self.here("moved/"), parts })
    }

    /// A map from old addresses to new ones, both from the host's root.
    pub(super) fn moved_part(&self, part: &MovedTable<'_>) -> Vec<u8> {
        let rows = part.rows.iter().map(|(from, to)| ((*from).to_owned(), self.here(to).into()));
        let map: serde_json::Map<String, serde_json::Value> = rows.collect();
        serde_json::Value::from(map).to_string().into_bytes()
    }

    /// The rules, as the host that the forum names reads them. An address in its form has neither spaces, quotes nor
    /// backslashes, and `$` stands for itself in no map.
    pub(super) fn moved_rules(&self, rules: &MovedTable<'_>) -> Vec<u8> {
        let rows = rules.rows.iter().map(|(from, to)| (*from, self.here(to)));
        // Maps are exact, and a path is one with and without a slash at its end.
        let exact = rows.clone().flat_map(|(from, to)| {
            let closed = (!from.contains('?')).then(|| (format!("{from}/"), to.clone()));
            closed.into_iter().chain([(from.to_owned(), to)])
        });
        let mut out = String::new();
        match self.settings.redirects {
            // https://nginx.org/en/docs/http/ngx_http_map_module.html
            Redirects::Nginx => {
                let head = [
                    "# In the http block: include this file.",
                    "# In the server block: if ($boards_moved) { return 301 $boards_moved; }",
                    "# Many addresses need more room: map_hash_max_size 262144; map_hash_bucket_size 512;",
                    "map $request_uri $boards_moved {",
                ];
                out.extend(head.iter().flat_map(|line| [line, "\n"]));
                out.extend(exact.map(|(from, to)| format!("    \"{from}\" \"{}\";\n", to.replace('$', "%24"))));
                out.push_str("}\n");
            }
            // https://httpd.apache.org/docs/current/rewrite/rewritemap.html
            Redirects::Apache => {
                let head = [
                    "# In the server's configuration (PATH is where this file lies):",
                    "# RewriteEngine On",
                    "# RewriteMap moved \"txt:PATH/moved/apache.txt\"",
                    "# RewriteCond \"%{THE_REQUEST}\" \"^[A-Z]+ ([^ ]+) \"",
                    "# RewriteCond \"${moved:%1}\" \"^(.+)$\"",
                    "# RewriteRule \"^\" \"%1\" [R=301,L,NE,QSD]",
                ];
                out.extend(head.iter().flat_map(|line| [line, "\n"]));
                out.extend(exact.map(|(from, to)| format!("{from} {to}\n")));
            }
            // https://caddyserver.com/docs/caddyfile/directives/map
            Redirects::Caddy => {
                let head = [
                    "# In the site's block: import this file, then",
                    "# @moved expression `{boards_moved} != \"\"`",
                    "# redir @moved {boards_moved} permanent",
                    "map {http.request.orig_uri} {boards_moved} {",
                ];
                out.extend(head.iter().flat_map(|line| [line, "\n"]));
                out.extend(exact.map(|(from, to)| format!("    \"{from}\" \"{to}\"\n")));
                out.push_str("    default \"\"\n}\n");
            }
            Redirects::Pages | Redirects::Netlify | Redirects::Cloudflare | Redirects::GitLab => {
                out.extend(rows.map(|(from, to)| format!("{from} {to} 301\n")));
            }
        }
        out.into_bytes()
    }
}
