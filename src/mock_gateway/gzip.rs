//! A gzip member around bytes, stored and not compressed: all that a test of `Content-Encoding`
//! needs, without a dependency.

/// The most bytes that one stored block holds.
const BLOCK: usize = 65_535;

/// The header: magic, deflate, no flags, no time, no extra flags, unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The gzip form of `body` (RFC 1952), which any reader of gzip takes.
pub(super) fn store(body: &[u8]) -> Vec<u8> {
    let mut out = HEADER.to_vec();
    let mut blocks = body.chunks(BLOCK).peekable();
    if blocks.peek().is_none() {
        push_block(&mut out, &[], true);
    }
    while let Some(block) = blocks.next() {
        push_block(&mut out, block, blocks.peek().is_none());
    }
    out.extend(crc32(body).to_le_bytes());
    // The format keeps the length modulo 2^32.
    let length = u32::try_from(body.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out
}

fn push_block(out: &mut Vec<u8>, block: &[u8], last: bool) {
    let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
    out.push(u8::from(last));
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(block);
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let expected = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, // header
            1, 2, 0, 0xfd, 0xff, b'h', b'i', // one last block of two bytes
            0xac, 0x2a, 0x93, 0xd8, 2, 0, 0, 0, // checksum and length
        ];
        assert_eq!(store(b"hi"), expected);
    }

    #[test]
    fn long_bodies_take_several_blocks() {
        let stored = store(&vec![b'x'; BLOCK + 1]);
        assert_eq!(stored.len(), 10 + (5 + BLOCK) + (5 + 1) + 8);
        assert_eq!(stored[10], 0, "the first block is not the last");
    }
}
