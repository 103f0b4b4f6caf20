//! Runs every sample through the program and compares each of its rows with an expectation.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::desk::{Desk, project};

/// A sample file and the expected result.
struct Sample {
    /// In `samples/`.
    file: &'static str,
    flags: &'static str,
    /// The plan's description of it.
    kind: &'static str,
    /// The messages in order: `recipient: name, number (type) waId, …`.
    messages: &'static [&'static str],
    /// The rows that are no message, and the notes on the others: `line text`.
    rows: &'static [&'static str],
}

/// The recipient of the contacts in the exports.
const TO_ME: &str = "--to 254110000001 --region KE";

/// The same list in both formats of spreadsheets.
const MEMBERS: &[&str] = &[
    "254712345678: Wanjiku Kamau, 254722000111 (Mobile)",
    "254712345679: Otieno Ouma, 254722000222 (Mobile)",
    "254712345680: Faith Kiprono, 254733000333 (Work)",
    "254712345683: Hidden Hamisi, 254733000555 (Home)",
];

const MEMBERS_ROWS: &[&str] = &[
    "5 completed",
    "7 skipped: empty row",
    "8 rejected, phone_date",
    "9 rejected, phone_date",
    "10 hidden_row",
];

const SAMPLES: &[Sample] = &[
    Sample {
        file: "android.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: José María de los Ángeles Ñandú, 34612345678 (Cell), 34912345678 (Home)",
            "254110000001: Faith Kiprono, 254712345680 (Cell)",
            "254110000001: Plumber, 254711000333 (Shop)",
        ],
        rows: &[
            "1 fixed_line",
            "9 name_from_n",
            "9 completed",
            "14 rejected, phone_not_possible",
            "14 name_from_number",
        ],
    },
    Sample {
        file: "card.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
        ],
        rows: &["1 fixed_line"],
    },
    Sample {
        file: "csv/excel_semicolon_windows1252.csv",
        flags: "--region KE",
        kind: "UTF-8, 5 rows read as Windows-1252, semicolons",
        messages: &[
            "254712345678: Jürgen Groß, 4915123456789 (Mobil)",
            "254722000111: Zoë Ångström, 46701234567 (Arbeit)",
            "254733000222: Jane Doe, 254733000222 (Mobil)",
            "254700111222: Müller; Söhne, 4930901820 (Büro)",
            "254711222333: Peña, 34612345678 (Mobil)",
        ],
        rows: &[
            "2 read as windows-1252",
            "3 read as windows-1252",
            "4 completed",
            "4 own_number",
            "5 rejected, to_exponent",
            "5 read as windows-1252",
            "6 read as windows-1252",
            "6 fixed_line",
            "7 read as windows-1252",
            "7 spreadsheet",
            "8 skipped: empty row",
            "9 skipped: empty row",
        ],
    },
    Sample {
        file: "csv/excel_unicode.txt",
        flags: "--region KE",
        kind: "UTF-16LE, TABs",
        messages: &[
            "254712345678: Wanjiru Ngũgĩ, 254712345678 (Mobile)",
            "254722000111: Otieno \"Tot\" Ouma, 254722000111 (Mobile)",
            "254733000222: محمد علي, 201001234567 (Work)",
            "254700333444: Nyambura, Ruth, 254700333444",
            "254745666777: Two lines, 254745666777 (Home)",
            "254711888999: 李明, 8613800138000 (Work)",
        ],
        rows: &["2 own_number", "3 own_number", "5 own_number", "6 own_number"],
    },
    Sample {
        file: "csv/google.csv",
        flags: TO_ME,
        kind: "Google Contacts export, UTF-8, commas",
        messages: &[
            "254110000001: Wanjiku Kamau, 254712345678 (Mobile)",
            "254110000001: Otieno James Ouma, 254722000111 (Work), 254202345678 (Home)",
            "254110000001: Fundi wa maji, 254733456789 (Mobile), 254711222333 (Mobile)",
            "254110000001: Mama Njeri Foods, Ltd., 254709111222 (Main)",
            "254110000001: José Ñandú, 34612345678",
        ],
        rows: &[
            "3 completed",
            "3 fixed_line",
            "6 completed",
            "8 fax_left_out",
            "10 rejected, phone_missing",
        ],
    },
    Sample {
        file: "csv/google_old.csv",
        flags: TO_ME,
        kind: "Google Contacts (old) export, UTF-16LE, commas",
        messages: &[
            "254110000001: Achieng Odhiambo, 254723100200 (Mobile), 254733100200 (Mobile)",
            "254110000001: Kiprono, 254700123456 (Mobile)",
            "254110000001: Dr. Amina Yusuf, 254412225555 (Work), 254734555666 (Mobile)",
            "254110000001: Jürgen Groß, 4915123456789 (Mobile)",
        ],
        rows: &[
            "3 fax_left_out",
            "3 completed",
            "4 completed",
            "4 fixed_line",
            "8 rejected, name_missing",
        ],
    },
    Sample {
        file: "csv/hubspot.csv",
        flags: TO_ME,
        kind: "HubSpot export, UTF-8, commas",
        messages: &[
            "254110000001: Faith Chebet, 254720111333",
            "254110000001: Brian Maina, 254733222111 (WhatsApp)",
            "254110000001: Zainab Ali, 255754123456",
            "254110000001: Tomáš Novák, 420601123456",
        ],
        rows: &["3 spreadsheet", "4 rejected, name_missing", "7 rejected, phone_missing"],
    },
    Sample {
        file: "csv/mailchimp.csv",
        flags: TO_ME,
        kind: "Mailchimp export, UTF-8, commas",
        messages: &[
            "254110000001: Joy Atieno, 254701234567",
            "254110000001: Mark Kiplagat, 254798765432",
            "254110000001: Nina Rossi, 393471234567",
            "254110000001: Ben Wekesa, 254710222333",
        ],
        rows: &["4 rejected, contact_missing", "6 completed"],
    },
    Sample {
        file: "csv/numbers.txt",
        flags: "--card card.vcf --region KE",
        kind: "UTF-8, commas",
        messages: &[
            "254712345678: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
            "254722000111: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
            "254733000222: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
            "254700333444: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
            "447700900123: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
            "254745666777: Amani Travel Bookings, 254711222333 (Work), 254207654321 (Home)",
        ],
        rows: &[
            "4 completed",
            "5 completed",
            "6 possible_not_valid",
            "7 is the same message as line 2",
            "8 rejected, to_letters",
        ],
    },
    Sample {
        file: "csv/outlook.csv",
        flags: TO_ME,
        kind: "Outlook export, UTF-8, commas",
        messages: &[
            "254110000001: Grace Mwangi, 254721987654 (Cell), 254204441234 (Work)",
            "254110000001: Peter K. Njoroge, 254733111222 (Cell), 254203876543 (Home)",
            "254110000001: Rift Valley Seeds, 254512214567 (Main)",
            "254110000001: Chloé O'Brien, 35312345678 (Work), 353861234567 (Main)",
            "254110000001: Samuel Kariuki, Jr., 254720555444 (Cell), 254720555445 (Car)",
        ],
        rows: &[
            "2 fax_left_out",
            "2 fixed_line",
            "3 completed",
            "3 completed",
            "3 fixed_line",
            "6 pager_left_out",
            "6 fixed_line",
            "7 trunk_zero",
            "7 fixed_line",
        ],
    },
    Sample {
        file: "csv/pipedrive.csv",
        flags: TO_ME,
        kind: "Pipedrive export, UTF-8, commas",
        messages: &[
            "254110000001: Ruth Nyambura, 254712000001",
            "254110000001: Halima Abdi, 254722000003",
            "254110000001: Zoë Müller, 4930901820",
        ],
        rows: &[
            "3 rejected, phone_several",
            "4 completed",
            "5 fixed_line",
            "6 rejected, phone_missing",
        ],
    },
    Sample {
        file: "csv/salesforce.csv",
        flags: TO_ME,
        kind: "Salesforce export, UTF-8, commas",
        messages: &[
            "254110000001: David Mutua, 254722333444 (Cell), 254442021234",
            "254110000001: Esther Wambui, 254700987123 (Cell)",
            "254110000001: Ali Hassan, 254734000123 (Cell), 254412315678",
            "254110000001: Reception, 254205550100",
            "254110000001: Léa Dubois, 33612345678 (Cell)",
            "254110000001: Kevin Omondi, 254712888999 (Cell)",
        ],
        rows: &[
            "2 fax_left_out",
            "2 completed",
            "2 completed",
            "2 fixed_line",
            "4 fixed_line",
            "4 extension_dropped",
            "5 fixed_line",
            "7 completed",
            "10 rejected, contact_missing",
            "11 rejected, contact_missing",
            "12 rejected, contact_missing",
            "13 rejected, contact_missing",
        ],
    },
    Sample {
        file: "google.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: Otieno, Achieng, 254712345679 (Cell), 16502530199 (GRAND_CENTRAL)",
            "254110000001: Kamau Supplies, 254733000111, 254202223344 (Work)",
            "254110000001: Mama Mboga, 254722000222 (Cell)",
        ],
        rows: &["1 completed", "11 fixed_line", "21 name_from_nickname"],
    },
    Sample {
        file: "iphone.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: Njeri Wanjiru, 254712345678 (Cell)",
            "254110000001: Dr. Jörg Müller-Lüdenscheidt, 4915123456789 (Cell), 493023125014 (Home), 493023125015 (Praxis, nachmittags)",
            "254110000001: Safari Desk, 447700900123 (iPhone), 442079460123 (Main)",
        ],
        rows: &[
            "1 fax_left_out",
            "18 fixed_line",
            "18 fixed_line",
            "31 possible_not_valid",
            "31 fixed_line",
            "41 skipped: group card",
        ],
    },
    Sample {
        file: "nextcloud.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &["254110000001: Zawadi Mwangi, 254712345682 (Cell), 254412223355 (Home)"],
        rows: &[
            "1 extension_dropped",
            "1 fixed_line",
            "12 skipped: group card",
            "20 rejected, phone_missing",
            "20 no_number",
        ],
    },
    Sample {
        file: "outlook.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: Änne Grünwald, 49891234567 (Work), 4915123456780 (Cell)",
            "254110000001: Jane “JD” Doe, 254720000444 (Cell)",
        ],
        rows: &[
            "1 charset_guessed",
            "1 fax_left_out",
            "1 trunk_zero",
            "1 fixed_line",
            "1 trunk_zero",
            "22 pager_left_out",
        ],
    },
    Sample {
        file: "spreadsheets/members.ods",
        flags: "--region KE",
        kind: "spreadsheet, sheet \"Members\"",
        messages: MEMBERS,
        rows: MEMBERS_ROWS,
    },
    Sample {
        file: "spreadsheets/members.xlsx",
        flags: "--region KE",
        kind: "spreadsheet, sheet \"Members\"",
        messages: MEMBERS,
        rows: MEMBERS_ROWS,
    },
    Sample {
        file: "whatsapp.vcf",
        flags: TO_ME,
        kind: "vCards",
        messages: &[
            "254110000001: Baraka, 254712345681 (Cell) 254712345681",
            "254110000001: Ana Silva, 5511987654321 (Celular) 551187654321",
        ],
        rows: &[],
    },
];

#[test]
fn every_row_of_every_sample_has_the_expected_verdict() {
    let desk = Desk::new();
    for sample in SAMPLES {
        let name = sample.file.rsplit('/').next().unwrap();
        desk.put(name, fs::read(project("samples").join(sample.file)).unwrap());
        desk.put("card.vcf", fs::read(project("samples/card.vcf")).unwrap());
        let line = format!("check {name} {} --show 99 --verbose --summary-json -", sample.flags);
        let ended = desk.run(&line);
        let list = format!("  list       {name} ({})\n", sample.kind);
        assert!(ended.stderr.contains(&list), "no {list} in {}", ended.stderr);
        assert_eq!(messages(&ended.stdout), sample.messages, "{}", sample.file);
        assert_eq!(rows(&ended.stderr, name), sample.rows, "{}", sample.file);
    }
}

#[test]
fn every_sample_has_an_expectation() {
    let expected: BTreeSet<String> = SAMPLES.iter().map(|sample| sample.file.to_owned()).collect();
    assert_eq!(samples(), expected);
}

/// All of `samples/csv`, the vCards beside it and the spreadsheets. The other lists are shown in the README.
fn samples() -> BTreeSet<String> {
    let names = |folder: &str, prefix: &str, ending: &str| -> Vec<String> {
        let entries = fs::read_dir(project(folder)).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(ending))
            .map(|name| format!("{prefix}{name}"))
            .collect()
    };
    let lists = names("samples/csv", "csv/", "");
    let cards = names("samples", "", ".vcf");
    let sheets =
        [".ods", ".xlsx"].map(|ending| names("samples/spreadsheets", "spreadsheets/", ending));
    lists.into_iter().chain(cards).chain(sheets.concat()).collect()
}

/// The requests of `--show`, one line each; the summary follows them.
fn messages(stdout: &str) -> Vec<String> {
    let values = serde_json::Deserializer::from_str(stdout).into_iter::<Value>();
    let values: Vec<Value> = values.map(Result::unwrap).collect();
    values[..values.len() - 1].iter().map(message).collect()
}

fn message(request: &Value) -> String {
    let phone = |phone: &Value| {
        let mut text = phone["phone"].as_str().unwrap().to_owned();
        if let Some(kind) = phone["type"].as_str() {
            text.push_str(&format!(" ({kind})"));
        }
        if let Some(wa_id) = phone["waId"].as_str() {
            text.push_str(&format!(" {wa_id}"));
        }
        text
    };
    let phones: Vec<String> = request["phones"].as_array().unwrap().iter().map(phone).collect();
    let (to, name) = (request["to"].as_str(), request["name"]["formattedName"].as_str());
    format!("{}: {}, {}", to.unwrap(), name.unwrap(), phones.join(", "))
}

/// The lines of `--verbose`, without the values.
fn rows(stderr: &str, file: &str) -> Vec<String> {
    let shown = stderr.lines().filter_map(|line| line.strip_prefix(file)?.strip_prefix(':'));
    shown
        .map(|row| match row.split_once(": ") {
            Some((what, _)) if !what.ends_with("skipped") => what.to_owned(),
            _ => row.replace(&format!("{file}:"), "line "),
        })
        .collect()
}
