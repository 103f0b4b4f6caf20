//! A check of JSON against a JSON Schema (2020-12), for the keywords that our schemas use.

use serde_json::Value;

/// The keywords that only describe.
const ANNOTATIONS: [&str; 4] = ["$schema", "$defs", "title", "description"];

/// Checks a value; an error names its place. A keyword that is not known here is an error too.
pub(crate) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    Schema { root: schema }.check(schema, value, "$")
}

struct Schema<'a> {
    root: &'a Value,
}

impl Schema<'_> {
    fn check(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                word if ANNOTATIONS.contains(&word) => true,
                "$ref" => {
                    let at = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    self.check(self.root.pointer(at).unwrap(), value, place)?;
                    true
                }
                "anyOf" => {
                    let check = |schema| self.check(schema, value, place);
                    let results: Vec<_> = rule.as_array().unwrap().iter().map(check).collect();
                    if results.iter().all(Result::is_err) {
                        return results.into_iter().next().unwrap();
                    }
                    true
                }
                "type" => match rule.as_array() {
                    Some(types) => types.iter().any(|name| is_a(value, name)),
                    None => is_a(value, rule),
                },
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maxItems" => {
                    value.as_array().is_none_or(|list| list.len() as u64 <= rule.as_u64().unwrap())
                }
                "required" => value.as_object().is_none_or(|object| {
                    rule.as_array()
                        .unwrap()
                        .iter()
                        .all(|key| object.contains_key(key.as_str().unwrap()))
                }),
                "additionalProperties" => {
                    assert_eq!(*rule, false);
                    let known = schema["properties"].as_object().unwrap();
                    value
                        .as_object()
                        .is_none_or(|object| object.keys().all(|key| known.contains_key(key)))
                }
                "properties" => {
                    for (key, schema) in rule.as_object().unwrap() {
                        if let Some(value) = value.get(key) {
                            self.check(schema, value, &format!("{place}.{key}"))?;
                        }
                    }
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{place}[{index}]"))?;
                    }
                    true
                }
                other => panic!("unknown keyword {other}"),
            };
            if !holds {
                return Err(format!("{place}: {keyword} {rule} does not hold for {value}"));
            }
        }
        Ok(())
    }
}

fn is_a(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn what_a_schema_forbids_is_found() {
    let schema = serde_json::json!({
        "type": "object", "required": ["n"], "additionalProperties": false,
        "properties": {"n": {"$ref": "#/$defs/n"}, "list": {"items": {"enum": ["a"]}, "maxItems": 1}},
        "$defs": {"n": {"type": ["integer", "null"], "minimum": 0}},
    });
    for (value, place) in [
        (serde_json::json!({"n": 1, "list": ["a"]}), None),
        (serde_json::json!({"n": null}), None),
        (serde_json::json!([]), Some("$: type")),
        (serde_json::json!({}), Some("$: required")),
        (serde_json::json!({"n": 1, "m": 1}), Some("$: additionalProperties")),
        (serde_json::json!({"n": -1}), Some("$.n: minimum")),
        (serde_json::json!({"n": 0.5}), Some("$.n: type")),
        (serde_json::json!({"n": 1, "list": ["b"]}), Some("$.list[0]: enum")),
        (serde_json::json!({"n": 1, "list": ["a", "a"]}), Some("$.list: maxItems")),
    ] {
        match (check(&schema, &value), place) {
            (Ok(()), None) => {}
            (Err(error), Some(place)) => assert!(error.starts_with(place), "{error}"),
            (checked, _) => panic!("{value}: {checked:?}"),
        }
    }
}
