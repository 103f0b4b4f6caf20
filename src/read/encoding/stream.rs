//! A reader that converts any encoding to UTF-8, in constant memory.

use std::io::{self, Chain, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8};

use super::code_page::CodePage;
use super::detect::FileEncoding;
use crate::read::buffer::RefillBuffer;

/// Encoded bytes that are held at a time: enough for the decoders to run at full speed, few enough
/// to stay in the second-level cache together with the text.
const BLOCK: usize = 32 * 1024;

type Input<R> = Chain<Cursor<Vec<u8>>, R>;

/// A reader that gives the text of its input as UTF-8, without a byte-order mark.
///
/// UTF-8 passes unchanged and unchecked: [`RecordDecoder`](super::RecordDecoder) checks each
/// record.
pub struct DecodingReader<R>(Conversion<R>);

enum Conversion<R> {
    None(Input<R>),
    FromEncoding(Transcoder<R>),
    FromCodePage(CodePage, RefillBuffer<Input<R>>),
}

impl<R: Read> DecodingReader<R> {
    /// Decodes `head`, which has already been read from `input`, and then the rest of `input`.
    pub fn new(head: Vec<u8>, input: R, encoding: FileEncoding) -> Self {
        let is_marked = head.starts_with(b"\xEF\xBB\xBF");
        let mut head = Cursor::new(head);
        Self(match encoding {
            FileEncoding::Web(encoding) if encoding == UTF_8 => {
                if is_marked {
                    head.set_position(3);
                }
                Conversion::None(head.chain(input))
            }
            FileEncoding::Web(encoding) => {
                let decoder = encoding.new_decoder_with_bom_removal();
                let raw = RefillBuffer::new(head.chain(input), BLOCK);
                Conversion::FromEncoding(Transcoder { decoder, raw, finished: false })
            }
            FileEncoding::CodePage(page) => {
                Conversion::FromCodePage(page, RefillBuffer::new(head.chain(input), BLOCK))
            }
        })
    }
}

impl<R: Read> Read for DecodingReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Conversion::None(input) => input.read(out),
            Conversion::FromEncoding(transcoder) => transcoder.read(out),
            Conversion::FromCodePage(page, raw) => read_page(*page, raw, out),
        }
    }
}

/// The most bytes of UTF-8 for one byte of a code page.
const LONGEST: usize = 3;

/// Writes some UTF-8 to `out`, whole characters only, as [`Transcoder::read`] does.
fn read_page<R: Read>(
    page: CodePage,
    raw: &mut RefillBuffer<Input<R>>,
    out: &mut [u8],
) -> io::Result<usize> {
    if out.len() < LONGEST {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    if raw.unread().is_empty() && !raw.ended() {
        raw.fill()?;
    }
    let mut written = 0;
    let count = raw.unread().len().min(out.len() / LONGEST);
    for byte in raw.take(count) {
        written += page.character(*byte).encode_utf8(&mut out[written..]).len();
    }
    Ok(written)
}

/// Converts blocks of another encoding to UTF-8. A character that is cut by a block's end stays in
/// the decoder until the rest of it comes.
struct Transcoder<R> {
    decoder: Decoder,
    raw: RefillBuffer<Input<R>>,
    finished: bool,
}

impl<R: Read> Transcoder<R> {
    /// Writes some UTF-8 to `out`. `out` must have room for a character, which every caller's
    /// buffer has; a smaller one gets an error instead of an endless loop.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.len() < 16 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        while !self.finished {
            if self.raw.unread().is_empty() && !self.raw.ended() {
                self.raw.fill()?;
            }
            let (bytes, last) = (self.raw.unread(), self.raw.ended());
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, out, last);
            self.raw.take(read);
            self.finished = last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::encoding::EncodingChoice;

    /// A reader that gives at most `step` bytes at a time, so that characters are cut.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let step = self.1.min(out.len());
            self.0.read(&mut out[..step])
        }
    }

    fn decoded(bytes: &[u8], choice: EncodingChoice, step: usize) -> Vec<u8> {
        let (head, rest) = bytes.split_at(bytes.len().min(5));
        let mut stream = DecodingReader::new(head.to_vec(), Slow(rest, step), choice.detect(bytes));
        let (mut all, mut block) = (Vec::new(), [0; 16]);
        loop {
            match stream.read(&mut block).unwrap() {
                0 => return all,
                count => all.extend_from_slice(&block[..count]),
            }
        }
    }

    #[test]
    fn every_encoding_gives_the_same_text_for_any_size_of_reads() {
        let text = "to,name\r\n254712345678,Zoë Ñandú €\r\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        let bom = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (bytes, choice) in [
            (text.as_bytes().to_vec(), "auto"),
            (bom(b"\xEF\xBB\xBF", text.as_bytes()), "auto"),
            (bom(b"\xEF\xBB\xBF", text.as_bytes()), "utf-8"),
            (bom(b"\xFF\xFE", &le), "auto"),
            (bom(b"\xFE\xFF", &be), "auto"),
            (le.clone(), "auto"),
            (le.clone(), "utf-16le"),
            (bom(b"\xFF\xFE", &le), "utf-16le"),
            (be, "utf-16be"),
            (latin, "windows-1252"),
            (b"to,name\r\n254712345678,Zo\x89 \xA5and\xA3 \xD5\r\n".to_vec(), "cp858"),
        ] {
            for step in [1, 2, 3, 7, 1000] {
                let got = decoded(&bytes, choice.parse().unwrap(), step);
                assert_eq!(String::from_utf8_lossy(&got), text, "{choice} by {step}");
            }
        }
    }

    #[test]
    fn utf_8_passes_unchecked() {
        assert_eq!(decoded(b"Zo\xEB,1\n", EncodingChoice::Auto, 1), b"Zo\xEB,1\n");
    }

    #[test]
    fn a_utf_16_file_with_an_odd_byte_ends_with_a_replacement() {
        let got = decoded(b"\xFF\xFEa\0b", EncodingChoice::Auto, 1);
        assert_eq!(String::from_utf8_lossy(&got), "a\u{FFFD}");
    }

    #[test]
    fn ascii_at_the_start_does_not_decide() {
        let mut bytes = b"name\n".repeat(40_000);
        bytes.extend_from_slice(b"Zo\xEB\n");
        let got = decoded(&bytes, EncodingChoice::Auto, 4096);
        assert_eq!(got, bytes);
    }
}
