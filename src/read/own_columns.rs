//! The columns of the files that lipasend writes itself.
//!
//! They are defined here once: `record` writes its files from these definitions, and
//! `prepare::mapping` recognises such a file by them when it comes back as an input.

macro_rules! columns {
    ($($column:ident $name:literal)*) => {
        /// A column of the results, in the order of the header that we write.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // The names are the header's; `record::ledger::Entry` explains them.
        pub enum Column {
            $($column),*
        }

        impl Column {
            /// Every column of the results, in the order of the header that we write.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$column),*];

            /// The name in the header.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$column => $name),*
                }
            }
        }
    };
}

columns! {
    MessageId "message_id"
    Campaign "campaign"
    From "from"
    To "to"
    Name "name"
    Phone "phone"
    Status "status"
    Wamid "wamid"
    GatewayStatus "gateway_status"
    GatewayMessageId "gateway_message_id"
    HttpStatus "http_status"
    ErrorCode "error_code"
    Error "error"
    Attempts "attempts"
    SentAt "sent_at"
    LatencyMs "latency_ms"
    Source "source"
    Line "line"
    Gateway "gateway"
    Run "run"
    CardId "card_id"
    ToSource "to_source"
    ToLine "to_line"
}

impl Column {
    /// The columns that together are in no other file than results.
    pub const MARKS: [Self; 5] =
        [Self::MessageId, Self::Status, Self::Attempts, Self::Gateway, Self::Run];
}

/// The columns of a rejects file, behind the input's own.
pub const REJECTS: [&str; 4] = ["source", "line", "reject_code", "reject_reason"];

/// The last columns of a not-sent file, behind the message.
pub const NOT_SENT: [&str; 6] = ["source", "line", "status", "error_code", "reason", "next_step"];

/// The columns that together are in no other file than one of messages that were not sent.
pub const NOT_SENT_MARKS: [&str; 3] = [NOT_SENT[2], NOT_SENT[3], NOT_SENT[5]];

/// The columns that together are in no other file than rejects.
pub const REJECTS_MARKS: [&str; 2] = [REJECTS[2], REJECTS[3]];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_results_is_the_documented_one() {
        let documented = "message_id,campaign,from,to,name,phone,status,wamid,gateway_status,\
                          gateway_message_id,http_status,error_code,error,attempts,sent_at,\
                          latency_ms,source,line,gateway,run,card_id,to_source,to_line";
        assert_eq!(Column::ALL.map(Column::name).join(","), documented);
    }
}
