//! The rules that proposals are judged by, besides those of the forum itself. An error refuses; a warning waits for a
//! maintainer, whose approval lifts it. What each means, with examples, is told in `docs/format.md`.

use crate::diagnostic::{Rule, Severity};

/// Every rule of proposals, in no order; those of the forum are [`crate::rules::all`].
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied()
}

macro_rules! rules {
    ($($(#[$doc:meta])* $id:ident $name:literal $severity:ident;)*) => {
        $($(#[$doc])* pub(super) static $id: Rule = Rule { name: $name, severity: Severity::$severity };)*
        static RULES: &[&Rule] = &[$(&$id),*];
    };
}

rules! {
    /// A field that importers alone write.
    ARCHIVE_FIELD "archive-field" Error;
    /// The proposer posts no more.
    BANNED "banned" Error;
    /// A file that the proposal changes was changed on the base since.
    CHANGED_MEANWHILE "changed-meanwhile" Error;
    /// A locked topic, or a board that only moderators write in.
    CLOSED "closed" Error;
    /// Commits that are merges, come from elsewhere or are malformed.
    COMMIT_FORM "commit-form" Error;
    /// A name, mode or content that no file of a forum has.
    FILE_FORM "file-form" Error;
    /// A newcomer's post.
    FIRST_POST "first-post" Warning;
    /// A post that says somebody else wrote it.
    FOREIGN_AUTHOR "foreign-author" Error;
    /// A handle that looks like another.
    LOOK_ALIKE "look-alike" Error;
    /// A member's file whose change needs a second look.
    MEMBER_DETAILS "member-details" Warning;
    /// What only moderators decide.
    MODERATORS_ONLY "moderators-only" Error;
    /// What only maintainers decide.
    MAINTAINERS_ONLY "maintainers-only" Error;
    /// A name that is taken, where boards can't find another by itself.
    NAME_TAKEN "name-taken" Error;
    /// More links, pictures or mentions than a newcomer's post may have.
    NEWCOMER_LIMIT "newcomer-limit" Error;
    /// A proposal that changes nothing.
    NO_CHANGE "no-change" Error;
    /// A file that is none of those that posts come with.
    NOT_A_POST "not-a-post" Error;
    /// A standing post of somebody else.
    OTHERS_POST "others-post" Error;
    /// A path outside of the content folder.
    OUTSIDE "outside-content" Error;
    /// A date too far from the time of the merge.
    POST_DATE "post-date" Error;
    /// There is no proposal of this name.
    PROPOSAL_MISSING "proposal-missing" Error;
    /// A proposal whose last commit isn't the one that was expected.
    PROPOSAL_MOVED "proposal-moved" Error;
    /// Objects that git refuses or the remote can't send.
    PROPOSAL_OBJECTS "proposal-objects" Error;
    /// Too many files, commits or bytes.
    PROPOSAL_SIZE "proposal-size" Error;
    /// A bundle or a mail that can't be read, or doesn't fit the forum.
    PROPOSAL_UNREADABLE "proposal-unreadable" Error;
    /// Too many posts or topics in a day.
    RATE "rate" Error;
    /// The same text again.
    REPEATED_TEXT "repeated-text" Error;
    /// A signature that doesn't hold.
    SIGNATURE "signature" Error;
    /// A signature that can't be read, where an account doesn't tell who proposes.
    SIGNATURE_UNREADABLE "signature-unreadable" Warning;
    /// A change of a standing file that isn't an author's own, of the text alone and soon.
    STANDING_CHANGE "standing-change" Warning;
    /// Nothing trustworthy tells who proposes this.
    UNKNOWN_PROPOSER "unknown-proposer" Warning;
}

#[cfg(test)]
mod tests {
    #[test]
    fn rules_are_named_once_and_as_no_rule_of_the_forum() {
        let mut names: Vec<&str> = super::rules().map(|rule| rule.name).collect();
        names.extend(crate::rules::all().map(|rule| rule.name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
