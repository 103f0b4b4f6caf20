//! The stream: bytes of any encoding in, UTF-8 out, in constant memory.

use std::io::{self, Read};

use super::detect::Encoding;

/// Raw bytes taken at a time: large enough for the decoders to run at full speed, small enough to
/// stay in the second-level cache with what they write.
const BLOCK: usize = 32 * 1024;

/// A reader that gives the text of `input` as UTF-8, without a byte-order mark.
///
/// UTF-8 passes unchanged and unchecked: a record that is not valid is the business of
/// [`Charset::text`](super::detect::Charset::text).
pub struct Decoded<R> {
    input: R,
    head: Vec<u8>,
    taken: usize,
    transcoder: Option<Transcoder>,
}

impl<R: Read> Decoded<R> {
    /// Decodes `head`, which has already been read from `input`, and then the rest of `input`.
    pub fn new(mut head: Vec<u8>, input: R, encoding: Encoding) -> Self {
        let transcoder = encoding.decoder().map(Transcoder::new);
        if transcoder.is_none() && head.starts_with(b"\xEF\xBB\xBF") {
            head.drain(..3);
        }
        Self { input, head, taken: 0, transcoder }
    }

    fn read_raw(
        head: &[u8],
        taken: &mut usize,
        input: &mut R,
        out: &mut [u8],
    ) -> io::Result<usize> {
        let rest = head.get(*taken..).unwrap_or_default();
        if rest.is_empty() {
            return input.read(out);
        }
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        *taken += count;
        Ok(count)
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self { input, head, taken, .. } = self;
        let mut raw = |out: &mut [u8]| Self::read_raw(head, taken, input, out);
        match &mut self.transcoder {
            None => raw(out),
            Some(transcoder) => transcoder.read(out, &mut raw),
        }
    }
}

/// Turns blocks of another encoding into UTF-8; a character cut by a block's end is kept inside
/// the decoder until the rest of it comes.
struct Transcoder {
    decoder: encoding_rs::Decoder,
    raw: Box<[u8]>,
    start: usize,
    end: usize,
    ended: bool,
    finished: bool,
}

impl Transcoder {
    fn new(decoder: encoding_rs::Decoder) -> Self {
        Self {
            decoder,
            raw: vec![0; BLOCK].into_boxed_slice(),
            start: 0,
            end: 0,
            ended: false,
            finished: false,
        }
    }

    /// Fills `out` with some UTF-8. `out` must have room for one character at least, which every
    /// caller's buffer has; a smaller one gets an error instead of an endless loop.
    fn read(
        &mut self,
        out: &mut [u8],
        raw: &mut impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if out.len() < 16 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        while !self.finished {
            if self.start == self.end && !self.ended {
                (self.start, self.end) = (0, raw(&mut self.raw)?);
                self.ended = self.end == 0;
            }
            let bytes = &self.raw[self.start..self.end];
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, out, self.ended);
            self.start += read;
            self.finished = self.ended && result == encoding_rs::CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::EncodingChoice;
    use super::*;

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
        let mut stream = Decoded::new(head.to_vec(), Slow(rest, step), choice.of(bytes));
        let (mut all, mut block) = (Vec::new(), [0; 16]);
        loop {
            match stream.read(&mut block).unwrap() {
                0 => return all,
                count => all.extend_from_slice(&block[..count]),
            }
        }
    }

    #[test]
    fn every_encoding_gives_the_same_text_however_it_is_cut() {
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
        ] {
            for step in [1, 2, 3, 7, 1000] {
                let got = decoded(&bytes, choice.parse().unwrap(), step);
                assert_eq!(String::from_utf8_lossy(&got), text, "{choice} by {step}");
            }
        }
    }

    #[test]
    fn utf_8_is_passed_on_unchecked() {
        assert_eq!(decoded(b"Zo\xEB,1\n", EncodingChoice::Auto, 1), b"Zo\xEB,1\n");
    }

    #[test]
    fn a_cut_utf_16_file_ends_with_a_replacement() {
        let got = decoded(b"\xFF\xFEa\0b", EncodingChoice::Auto, 1);
        assert_eq!(String::from_utf8_lossy(&got), "a\u{FFFD}");
    }

    #[test]
    fn a_gigabyte_of_ascii_does_not_decide() {
        let mut bytes = b"name\n".repeat(40_000);
        bytes.extend_from_slice(b"Zo\xEB\n");
        let got = decoded(&bytes, EncodingChoice::Auto, 4096);
        assert_eq!(got, bytes);
    }
}
