//! Who may read which forum of phpBB 3: what the tables of rights tell of groups and roles.

use std::collections::HashSet;

use crate::archive::sql::Row;

/// Who may read what, as groups are told.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// The right to read a forum.
    read: Option<i64>,
    /// The groups that everybody can be in.
    everybody: HashSet<i64>,
    /// What roles say of rights: role, right, and whether it is granted.
    roles: HashSet<(i64, i64, bool)>,
    /// What groups are told: group, forum, right, role, and whether it is granted.
    groups: Vec<(i64, i64, i64, i64, bool)>,
}

impl Rights {
    /// Takes a row of one of the tables `acl_options`, `acl_roles_data`, `acl_groups` and `groups`.
    pub(super) fn row(&mut self, table: &str, row: &Row<'_>) {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let granted = id("auth_setting") == 1;
        match table {
            "acl_options" if row.text("auth_option") == "f_read" => self.read = row.number("auth_option_id"),
            "acl_roles_data" => {
                self.roles.insert((id("role_id"), id("auth_option_id"), granted));
            }
            "acl_groups" => {
                let right = (id("group_id"), id("forum_id"), id("auth_option_id"), id("auth_role_id"), granted);
                self.groups.push(right);
            }
            "groups" if matches!(row.text("group_name"), "GUESTS" | "REGISTERED") => {
                self.everybody.insert(id("group_id"));
            }
            _ => {}
        }
    }

    /// Whether everybody may read a forum. Where the dump doesn't tell, all may.
    pub(super) fn open(&self, forum: i64) -> bool {
        let Some(read) = self.read.filter(|_| !self.groups.is_empty() && !self.everybody.is_empty()) else {
            return true;
        };
        self.groups.iter().any(|(group, of, right, role, granted)| {
            let by_role = || self.roles.contains(&(*role, read, true));
            *of == forum && self.everybody.contains(group) && (*right == read && *granted || *role > 0 && by_role())
        })
    }
}
