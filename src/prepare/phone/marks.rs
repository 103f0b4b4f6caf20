//! What stands around the number of a cell: quotes, brackets, the prefixes of programs, a comma
//! behind it.

/// The prefixes that programs put before a number, in lower case. `p:` is that of Facebook's forms.
const PREFIXES: [&str; 3] = ["tel:", "whatsapp:", "p:"];

/// The pairs of brackets that may stand around all of a number.
const BRACKETS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('<', '>'), ('{', '}')];

/// The text between the marks, and whether quotes or a formula's `=` were among them.
pub(super) struct Unmarked<'t> {
    pub(super) number: &'t str,
    pub(super) quoted: bool,
}

/// Removes the marks around a number. In the text, all kinds of quotes are `'`, `"` and `` ` ``.
pub(super) fn remove(text: &str) -> Unmarked<'_> {
    // A list of numbers leaves one comma or semicolon behind its only one.
    let text = text.trim();
    let text = text.strip_suffix([',', ';']).map_or(text, str::trim_end);
    let outside = without_quotes(text);
    let inside = without_quotes(without_brackets(outside));
    let number = without_quotes(without_prefix(inside));
    let quotes = |longer: &str, shorter: &str| longer.trim().len() > shorter.len();
    Unmarked { number, quoted: quotes(text, outside) || quotes(without_prefix(inside), number) }
}

fn without_quotes(text: &str) -> &str {
    let quote = |c: char| c.is_ascii_whitespace() || matches!(c, '\'' | '`' | '"');
    text.trim_start_matches(|c| quote(c) || c == '=').trim_end_matches(quote)
}

/// Removes one pair of brackets around all of the text.
fn without_brackets(text: &str) -> &str {
    let inner = |&(open, close): &(char, char)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.contains([open, close])).then_some(inner)
    };
    BRACKETS.iter().find_map(inner).unwrap_or(text)
}

fn without_prefix(text: &str) -> &str {
    let behind = |prefix: &&str| {
        let (found, rest) = text.split_at_checked(prefix.len())?;
        found.eq_ignore_ascii_case(prefix).then_some(rest.trim_start())
    };
    PREFIXES.iter().find_map(behind).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_a_number_are_removed() {
        let table = [
            ("0754", "0754", false),
            ("'0754", "0754", true),
            ("'0754'", "0754", true),
            ("\"0754\" ", "0754", true),
            ("=\"0754\"", "0754", true),
            ("'=\"0754\"", "0754", true),
            ("0754 ,", "0754", false),
            ("[0754]", "0754", false),
            ("<0754>", "0754", false),
            ("(0754)", "0754", false),
            ("{ 0754 }", "0754", false),
            ("'[0754]'", "0754", true),
            ("Tel: 0754", "0754", false),
            ("WHATSAPP:+254", "+254", false),
            ("p:+254", "+254", false),
            ("<tel:+254>", "+254", false),
            ("tel:'0754'", "0754", true),
            ("(0754) 12 (3)", "(0754) 12 (3)", false),
            ("[[0754]]", "[[0754]]", false),
            ("[0754", "[0754", false),
            ("mob:0754", "mob:0754", false),
            ("", "", false),
        ];
        for (text, number, quoted) in table {
            let unmarked = remove(text);
            assert_eq!((unmarked.number, unmarked.quoted), (number, quoted), "{text}");
        }
    }
}
