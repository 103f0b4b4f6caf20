//! A list in chunks of the same size, for millions of elements.

/// A list that grows by chunks. A `Vec` of this length would be copied to twice the memory again and
/// again, which costs more than what the elements are kept for.
#[derive(Debug)]
pub struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

/// The number of elements of a chunk.
const CHUNK: usize = 1 << 16;

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> Chunks<T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an element at the end. Returns its index.
    #[inline]
    pub fn push(&mut self, element: T) -> usize {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push(element);
        }
        self.len += 1;
        self.len - 1
    }

    /// The element at an index.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    /// The chunks in order. A loop over each is faster than one over all elements.
    pub fn chunks(&self) -> impl Iterator<Item = &[T]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// The chunks in order, to change their elements.
    pub fn chunks_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        self.chunks.iter_mut().map(Vec::as_mut_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_index_over_several_chunks() {
        let mut list = Chunks::default();
        assert!(list.is_empty() && list.get(0).is_none());
        for n in 0..2 * CHUNK + 3 {
            assert_eq!((list.push(n), list.len()), (n, n + 1));
        }
        assert!(list.chunks().flatten().copied().eq(0..2 * CHUNK + 3));
        for index in [0, CHUNK - 1, CHUNK, 2 * CHUNK + 2] {
            assert_eq!(list.get(index), Some(&index));
        }
        assert_eq!(list.get(2 * CHUNK + 3), None);
    }
}
