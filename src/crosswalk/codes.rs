//! Two code sets side by side. Every code of either side stands in a row: it has a counterpart, or the gap has its reason.

/// The rows of a crossing between two code sets.
#[derive(Debug)]
pub struct CodeList<L: 'static, R: 'static> {
    /// The rows; for each direction the first that fits decides.
    pub rows: &'static [Row<L, R>],
}

/// How two codes stand to each other.
#[derive(Debug, Clone, Copy)]
pub enum Row<L, R> {
    /// Each becomes the other.
    Both(L, R),
    /// Left becomes right; right is another row's.
    Right(L, R),
    /// Right becomes left; left is another row's.
    Left(L, R),
    /// Left has no counterpart, and why.
    NoRight(L, &'static str),
    /// Right has no counterpart, and why.
    NoLeft(R, &'static str),
}

impl<L: Copy + PartialEq, R: Copy + PartialEq> CodeList<L, R> {
    /// The right code of a left one, or why there is none.
    pub fn right(&self, code: L) -> Result<R, &'static str> {
        let of = |row: &Row<L, R>| match *row {
            Row::Both(left, right) | Row::Right(left, right) => (left == code).then_some(Ok(right)),
            Row::NoRight(left, why) => (left == code).then_some(Err(why)),
            Row::Left(..) | Row::NoLeft(..) => None,
        };
        self.rows.iter().find_map(of).unwrap_or(Err(UNLISTED))
    }

    /// The left code of a right one, or why there is none.
    pub fn left(&self, code: R) -> Result<L, &'static str> {
        let of = |row: &Row<L, R>| match *row {
            Row::Both(left, right) | Row::Left(left, right) => (right == code).then_some(Ok(left)),
            Row::NoLeft(right, why) => (right == code).then_some(Err(why)),
            Row::Right(..) | Row::NoRight(..) => None,
        };
        self.rows.iter().find_map(of).unwrap_or(Err(UNLISTED))
    }

    /// Whether every code of both sides has its row.
    pub fn is_total(&self, left: &[L], right: &[R]) -> bool {
        left.iter().all(|it| self.right(*it) != Err(UNLISTED)) && right.iter().all(|it| self.left(*it) != Err(UNLISTED))
    }
}

const UNLISTED: &str = "the code is in no row of the list";

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: CodeList<char, u8> =
        CodeList { rows: &[Row::Both('a', 1), Row::Right('b', 1), Row::Left('b', 2), Row::NoLeft(3, "no third")] };

    #[test]
    fn rows_decide_by_direction() {
        assert_eq!((LIST.right('a'), LIST.right('b')), (Ok(1), Ok(1)));
        assert_eq!((LIST.left(1), LIST.left(2), LIST.left(3)), (Ok('a'), Ok('b'), Err("no third")));
    }

    #[test]
    fn a_list_is_total_or_not() {
        assert!(LIST.is_total(&['a', 'b'], &[1, 2, 3]));
        assert!(!LIST.is_total(&['a', 'b', 'c'], &[1, 2, 3]));
        assert!(!LIST.is_total(&['a'], &[4]));
    }
}
