//! An object's bytes and a *delta* → another object's bytes. The form is git's, `gitformat-pack(5)`: the lengths of both,
//! then what the other one consists of: pieces of the first, and bytes of the delta's own.

/// Room is made for so much at first. More comes as bytes come: the delta may promise anything.
const FIRST_BYTES: usize = 1 << 20;

/// A delta's two lengths take at most so many bytes.
pub(super) const LENGTHS_BYTES: usize = 20;

/// The length of what the delta makes, of which this is the beginning.
pub(super) fn made(delta: &[u8]) -> Option<u64> {
    let mut rest = delta;
    length(&mut rest)?;
    length(&mut rest)
}

/// What the delta makes of `base`; `None` where it isn't one of it.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut rest = delta;
    if length(&mut rest)? != base.len() as u64 {
        return None;
    }
    let length = usize::try_from(length(&mut rest)?).ok()?;
    let mut made = Vec::with_capacity(length.min(FIRST_BYTES));
    while let Some(code) = next(&mut rest) {
        let piece = if code & 0x80 != 0 {
            let start = number(&mut rest, code, 4)?;
            let size = match number(&mut rest, code >> 4, 3)? {
                0 => 0x10000,
                size => size,
            };
            base.get(start..)?.get(..size)?
        } else {
            // A code of no bytes is kept for what git may once need it for.
            rest.split_off(..usize::from(code)).filter(|piece| !piece.is_empty())?
        };
        if piece.len() > length - made.len() {
            return None;
        }
        made.extend_from_slice(piece);
    }
    (made.len() == length).then_some(made)
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    rest.split_off_first().copied()
}

/// A length: seven bits a byte, the lowest first.
fn length(rest: &mut &[u8]) -> Option<u64> {
    let mut length = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = next(rest)?;
        length |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

/// A number of up to `bytes` bytes, the lowest first; the bits of `present` tell which of them aren't zero and follow.
fn number(rest: &mut &[u8], present: u8, bytes: u32) -> Option<usize> {
    let mut number = 0;
    for at in (0..bytes).filter(|at| present >> at & 1 == 1) {
        number |= usize::from(next(rest)?) << (8 * at);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_delta_copies_and_inserts() {
        let base = b"the quick brown fox";
        let delta = [&[19, 15, 0x90, 4, 5][..], b"lazy ", &[0x91, 16, 3, 3], b"es!"].concat();
        assert_eq!(apply(base, &delta).unwrap(), b"the lazy foxes!");
        for (what, wrong) in [("of another base", 0), ("too long", 1)] {
            let mut delta = delta.clone();
            delta[wrong] -= 1;
            assert_eq!(apply(base, &delta), None, "{what}");
        }
        assert_eq!(apply(base, &delta[..delta.len() - 1]), None);
        assert_eq!(apply(base, &[&delta[..], &[0]].concat()), None);
        assert_eq!(apply(base, &[19, 3, 0x91, 17, 3]), None);
    }

    #[test]
    fn no_size_stands_for_the_largest() {
        let base = vec![7; 0x10000];
        assert_eq!(apply(&base, &[0x80, 0x80, 4, 0x80, 0x80, 4, 0x80]).unwrap(), base);
    }

    proptest! {
        #[test]
        fn applying_any_bytes_ends(mut delta in proptest::collection::vec(any::<u8>(), 0..200), base: [u8; 32]) {
            let _ = apply(&base, &delta);
            delta.splice(0..0, [32]);
            let _ = apply(&base, &delta);
        }
    }
}
