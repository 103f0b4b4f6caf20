//! The texts in the source: each string of the program that reads as words, by file, with `{}` where
//! a value stands. So a new message cannot be missing in words.txt.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Literal, TokenStream, TokenTree};

use super::Page;
use crate::desk::project;

/// Files whose texts are lists of words that headers have. Nobody is shown them.
const WORD_LISTS: [&str; 3] = ["likely.rs", "phone_kinds.rs", "whose.rs"];

/// Adds the texts of all files.
pub(super) fn texts(page: &mut Page) {
    page.heading("Texts in the source");
    let mut files = Vec::new();
    find(&project("src"), &mut files);
    files.sort();
    for path in files {
        let name = path.strip_prefix(project("")).unwrap_or(&path);
        let source = fs::read_to_string(&path).unwrap();
        let tokens = source.parse().unwrap_or_else(|error| panic!("{}: {error}", name.display()));
        let mut texts = Vec::new();
        collect(tokens, &mut texts);
        if !texts.is_empty() {
            page.line(&format!("{}:", name.display()), "");
            texts.iter().for_each(|text| page.line("   ", text));
        }
    }
}

/// Finds the source files. The mock gateway answers programs.
fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name != "mock_gateway" && name != "tests" => find(&path, files),
            false if name == "tests.rs" || WORD_LISTS.contains(&&*name) => {}
            false if name.ends_with(".rs") => files.push(path),
            _ => {}
        }
    }
}

/// Collects the texts outside of attributes and of the modules of tests. The words of `#[error]` are
/// messages, doc comments are the help, which the reference has.
fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut is_test = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                tokens.next_if(
                    |next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'),
                );
                if let Some(TokenTree::Group(group)) = tokens.next() {
                    let attribute = group.stream().to_string();
                    is_test = attribute == "cfg (test)";
                    if attribute.starts_with("error") {
                        collect(group.stream(), texts);
                    }
                }
            }
            TokenTree::Group(group) => {
                if !std::mem::take(&mut is_test) {
                    collect(group.stream(), texts);
                }
            }
            TokenTree::Literal(literal) => texts.extend(text_of(&literal)),
            TokenTree::Punct(mark) if mark.as_char() == ';' => is_test = false,
            TokenTree::Punct(_) | TokenTree::Ident(_) => {}
        }
    }
}

/// The text of a string that has at least three words.
fn text_of(literal: &Literal) -> Option<String> {
    let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value();
    let is_word = |word: &&str| word.chars().filter(char::is_ascii_lowercase).count() > 1;
    let words = text.split_whitespace().filter(is_word).count();
    (words > 2).then(|| text.trim_matches('\n').replace('\n', "\\n"))
}
