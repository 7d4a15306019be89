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
mod name_doubled;
mod name_shape;
mod nesting;
mod newcomers;
mod opening_doubled;
mod opening_missing;
mod path_collision;
mod path_name;
mod post_size;
mod reply_target;
mod reserved_name;
mod roles;
mod tag_shape;
mod text_empty;
mod title_empty;
mod topic_context;
mod topic_homeless;
mod unknown_file;

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use self::newcomers::FirstPost;
use self::topic_context::{TopicContext, TopicLinks};
use crate::Result;
use crate::content::{Forum, MemberFile, Person, ReadTopic, Resolver, Topic};
use crate::diagnostic::{Diagnostic, Rule, Spot};
use crate::key::Key;
use crate::markdown::FaultKind;
use crate::yaml::nearest;

/// The name of the rule that a link within the forum leads somewhere.
pub const LINK_TARGET: &str = link_target::ROW.rule.name;

/// The name of the rule that a member's name can be told from others'.
pub const NAME_DOUBLED: &str = name_doubled::ROW.rule.name;

/// The names of the rules about how members are called, of which a person decides what is meant.
pub const NAMING: [&str; 2] = [NAME_DOUBLED, name_shape::ROW.rule.name];

/// The faults of [`NAME_DOUBLED`] in the members' files that `wanted` takes, whether the members were imported or not.
pub fn namesakes(forum: &Forum, wanted: impl Fn(&MemberFile) -> bool) -> impl Iterator<Item = Diagnostic> {
    name_doubled::of(forum, wanted)
}

/// What is wrong with the name of an author who has no file, in a forum of this `title`: told at `path`, their first post,
/// which names them at `at`.
pub fn name_of_author(name: &str, title: &str, path: &str, at: Spot) -> Option<Diagnostic> {
    name_shape::of_author(name, title, path, at)
}

/// The fault of the name of an author who has no file, when it looks like that of whoever has the handle `other`; told
/// there as well.
pub fn namesake_of_author(name: &str, path: &str, at: Spot, other: &str) -> Diagnostic {
    name_doubled::of_author(name, path, at, other)
}

/// What every rule may look at.
#[derive(Debug)]
pub struct Context<'f> {
    /// The forum.
    pub forum: &'f Forum,
    /// The ways to its places, laid out when first asked for: most rules need none, and are followed meanwhile.
    places: OnceLock<Resolver<'f>>,
    /// Who has posted without having a file, found when first asked for.
    newcomers: OnceLock<Vec<(&'f Person, FirstPost)>>,
}

type Faults = Vec<Diagnostic>;

/// What is, and what to do.
type JudgeText = fn(&TopicContext<'_>, &FaultKind) -> Option<(String, &'static str)>;

/// How a rule judges.
enum Judge {
    /// Each fault of a post's text: what is, and what to do.
    Text(JudgeText),
    /// Each topic by itself, and what it sees of the rest.
    Topic(fn(&TopicContext<'_>, ReadTopic<'_>, &mut Faults)),
    /// The forum as a whole, without the texts of its posts.
    Forum(fn(&Context<'_>, &mut Faults)),
    /// The forum as a whole, with posts that it reads.
    Posts(fn(&Context<'_>, &mut Faults) -> Result<()>),
    /// Each topic, then the forum.
    Both(fn(&TopicContext<'_>, ReadTopic<'_>, &mut Faults), fn(&Context<'_>, &mut Faults)),
}

/// A rule with the way it judges.
struct Row {
    rule: &'static Rule,
    judge: Judge,
}

static TABLE: [&Row; 37] = [
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
    &name_doubled::ROW,
    &name_shape::ROW,
    &nesting::ROW,
    &opening_doubled::ROW,
    &opening_missing::ROW,
    &path_collision::ROW,
    &path_name::ROW,
    &post_size::ROW,
    &reply_target::ROW,
    &reserved_name::ROW,
    &tag_shape::ROW,
    &text_empty::ROW,
    &title_empty::ROW,
    &topic_homeless::ROW,
    &unknown_file::ROW,
];

/// Every rule that boards has, those of single files included.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    use crate::{config, content, diagnostic, theme, yaml};
    static FILES: [&Rule; 17] = [
        &config::BASE_URL_MISSING,
        &config::FORMAT_NEWER,
        &config::FORUM_MISSING,
        &content::FILE_SIZE,
        &content::FRONT_MATTER,
        &content::TEXT_ENCODING,
        &diagnostic::MORE_FAULTS,
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

/// What topics by themselves were found to be at fault with, by the keys of all that their judges saw. Only a fault or
/// its absence that is still true can be found in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Judged {
    /// The key of what all topics' judges saw alike.
    shared_key: Key,
    /// The keys of all topics, in their order.
    topics: Vec<Key>,
    /// The faults of those that had some.
    faults: FxHashMap<Key, Faults>,
}

/// Every fault of the forum as a whole, in no order.
///
/// # Errors
/// The forum's posts can't be read.
pub fn judge(forum: &Forum) -> Result<Faults> {
    judge_again(forum, &Judged::default()).map(|(faults, _)| faults)
}

/// The same, leaving alone the topics that were `judged` before; and what is to be remembered for the next time, when
/// that is something else.
///
/// # Errors
/// The forum's posts can't be read.
pub fn judge_again(forum: &Forum, judged: &Judged) -> Result<(Faults, Option<Judged>)> {
    let context = Context { forum, places: OnceLock::new(), newcomers: OnceLock::new() };
    let shared_key = topic_context::shared_key(forum);
    let (now, faults) = rayon::join(|| judge_topics(&context, shared_key, judged), || judge_forum(&context));
    let (now, mut faults) = (now?, faults?);
    faults.extend(now.faults.values().flatten().cloned());
    let changed = now.shared_key != judged.shared_key || now.topics != judged.topics;
    Ok((faults, changed.then_some(now)))
}

/// Judges the forum as a whole.
fn judge_forum(context: &Context<'_>) -> Result<Faults> {
    let each = TABLE.par_iter().map(|row| {
        let mut faults = Vec::new();
        match row.judge {
            Judge::Forum(judge) | Judge::Both(_, judge) => judge(context, &mut faults),
            Judge::Posts(judge) => judge(context, &mut faults)?,
            Judge::Topic(_) | Judge::Text(_) => {}
        }
        Ok(faults)
    });
    Ok(each.collect::<Result<Vec<Faults>>>()?.into_iter().flatten().collect())
}

/// Judges each topic that wasn't judged before.
fn judge_topics(context: &Context<'_>, shared_key: Key, judged: &Judged) -> Result<Judged> {
    let all: Vec<&Topic> = context.forum.topics.iter().chain(&context.forum.unparented).collect();
    let keys = all.par_iter().with_min_len(64).map(|topic| TopicLinks::new(context, topic).key(topic));
    let keys: Vec<Key> = keys.collect();
    let nothing = Judged::default();
    let before = if judged.shared_key == shared_key { judged } else { &nothing };
    // Most stand where they stood. Of many that don't it is worth asking whether they stood elsewhere.
    let mut fresh: Vec<usize> = (0..all.len()).filter(|at| before.topics.get(*at) != Some(&keys[*at])).collect();
    if fresh.len() > FEW_TOPICS {
        let before: FxHashSet<Key> = before.topics.iter().copied().collect();
        fresh.retain(|at| !before.contains(&keys[*at]));
    }
    let judge = |at: &usize| Ok((keys[*at], judge_topic(context, all[*at])?));
    let judged: Vec<(Key, Faults)> = fresh.par_iter().map(judge).collect::<Result<_>>()?;
    let mut faults: FxHashMap<Key, Faults> = judged.into_iter().filter(|(_, it)| !it.is_empty()).collect();
    let known = keys.iter().filter_map(|key| Some((*key, before.faults.get(key)?.clone())));
    faults.extend(known);
    Ok(Judged { shared_key, topics: keys, faults })
}

/// So many topics are judged without asking whether they have been.
const FEW_TOPICS: usize = 64;

fn judge_topic(context: &Context<'_>, topic: &Topic) -> Result<Faults> {
    let links = TopicLinks::new(context, topic);
    let topic = topic.read()?;
    let topic_context = links.context(topic)?;
    let mut faults = Vec::new();
    for row in TABLE {
        match row.judge {
            Judge::Topic(judge) | Judge::Both(judge, _) => judge(&topic_context, topic, &mut faults),
            Judge::Text(judge) => judge_texts(&topic_context, topic, row.rule, judge, &mut faults),
            Judge::Forum(_) | Judge::Posts(_) => {}
        }
    }
    Ok(faults)
}

fn judge_texts(
    topic_context: &TopicContext<'_>,
    topic: ReadTopic<'_>,
    rule: &Rule,
    judge: JudgeText,
    faults: &mut Faults,
) {
    for post in topic.posts {
        for fault in &post.file.text_faults {
            if let Some((message, hint)) = judge(topic_context, &fault.kind) {
                faults.push(rule.at(topic.post_file(topic_context.content(), post), fault.at, message, hint));
            }
        }
    }
}

impl<'f> Context<'f> {
    /// The ways to the forum's places.
    fn places(&self) -> &Resolver<'f> {
        self.places.get_or_init(|| Resolver::new(self.forum))
    }

    /// Those who have posted and have no file, each with their first post.
    fn newcomers(&self) -> &[(&'f Person, FirstPost)] {
        self.newcomers.get_or_init(|| newcomers::find(self.forum))
    }

    /// The path of something in the content folder, from the repository's top.
    fn path(&self, below: &str) -> String {
        format!("{}/{below}", self.forum.content)
    }

    /// What to do where there is no member of this handle.
    fn no_member(&self, handle: &str) -> String {
        let add = format!("add {}", self.path(&format!("members/{handle}.yml")));
        let people = &self.forum.people;
        // A mistyped handle is rare. Where many have no file, as in an archive, it would be sought for in vain.
        if people.iter().filter(|person| person.file.is_none()).nth(FEW_NAMES).is_some() {
            return add;
        }
        let members = people.iter().filter(|person| person.file.is_some()).map(|person| person.handle.as_str());
        match nearest(handle, members) {
            Some(near) => format!("did you mean `{near}`? Otherwise {add}"),
            None => add,
        }
    }
}

/// Up to so many people without a member's file may have been mistyped.
const FEW_NAMES: usize = 20;

#[cfg(test)]
mod tests {
    #[test]
    fn rules_are_named_once_and_in_order() {
        let names: Vec<_> = super::TABLE.iter().map(|row| row.rule.name).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
