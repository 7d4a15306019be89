//! Sample values → the shape of what a template may read: which names there are, and what is behind each.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is known about a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing: any field may be there.
    Any,
    /// A text, a number or a truth: it has no fields.
    Scalar,
    /// A list whose items have this shape.
    List(Box<Shape>),
    /// A map with these fields.
    Fields(BTreeMap<String, Shape>),
}

impl Shape {
    /// The shape of one value. Null and the items of an empty list tell nothing.
    pub(super) fn of(value: &Value) -> Shape {
        match value {
            Value::Null => Shape::Any,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Shape::Scalar,
            Value::Array(items) => Shape::List(Box::new(items.iter().map(Shape::of).fold(Shape::Any, Shape::with))),
            Value::Object(fields) => {
                Shape::Fields(fields.iter().map(|(name, value)| (name.clone(), Shape::of(value))).collect())
            }
        }
    }

    /// What two values of one kind tell together.
    pub(super) fn with(self, other: Shape) -> Shape {
        match (self, other) {
            (Shape::Any, known) | (known, Shape::Any) => known,
            (Shape::List(one), Shape::List(two)) => Shape::List(Box::new(one.with(*two))),
            (Shape::Fields(mut one), Shape::Fields(two)) => {
                for (name, shape) in two {
                    let known = one.remove(&name).unwrap_or(Shape::Any);
                    one.insert(name, known.with(shape));
                }
                Shape::Fields(one)
            }
            (known, _) => known,
        }
    }

    /// What is behind a field; none where there is no such field.
    pub(super) fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Shape::Any => Some(self),
            Shape::Fields(fields) => fields.get(name),
            Shape::Scalar | Shape::List(_) => None,
        }
    }

    /// What each item of a list is, or each value of a map.
    pub(super) fn item(&self) -> &Shape {
        match self {
            Shape::List(item) => item,
            _ => &Shape::Any,
        }
    }

    /// The names of its fields.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Shape::Fields(fields) => fields.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn samples_complete_each_other() {
        let full = Shape::of(&json!({ "a": null, "b": [{ "c": 1 }] }));
        let bare = Shape::of(&json!({ "a": { "d": "" }, "b": [] }));
        let both = full.with(bare);
        assert_eq!(both.field("a").map(Shape::names), Some(vec!["d"]));
        assert_eq!(both.field("b").map(|list| list.item().names()), Some(vec!["c"]));
        assert_eq!(both.field("e"), None);
    }
}
