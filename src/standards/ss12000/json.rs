//! JSON of our objects: byte for byte what `serde_json` writes, in half the time.
//!
//! Property names are ours and need no escaping; hardly any text does, so that a text is copied whole after one look at it.
//! What is rare is handed on to `serde_json`; what no object of ours holds is refused.

use serde::{
    Serialize, Serializer,
    ser::{Error, Impossible, SerializeSeq, SerializeStruct},
};

type Result<T> = serde_json::Result<T>;

/// Appends an object.
pub(super) fn write(object: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
    object.serialize(Json(out))
}

/// Where a value is written, or the members of one that has members.
struct Json<'o>(&'o mut Vec<u8>);

impl Json<'_> {
    fn text(self, text: &str) -> Result<()> {
        if !is_plain(text) {
            return serde_json::to_writer(self.0, text);
        }
        self.0.reserve(text.len() + 2);
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }

    /// A comma, unless it is the first member.
    fn separate(&mut self, opening: u8) {
        if self.0.last() != Some(&opening) {
            self.0.push(b',');
        }
    }

    fn close(self, closing: u8) -> Result<()> {
        self.0.push(closing);
        Ok(())
    }
}

/// Whether nothing in a text must be escaped. Without a branch, so that many bytes are looked at at once.
fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, it| plain & (it >= 0x20) & (it != b'"') & (it != b'\\'))
}

fn refused<T>(what: &str) -> Result<T> {
    Err(Error::custom(format_args!("no object holds {what}")))
}

impl SerializeStruct for Json<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
        debug_assert!(is_plain(key));
        self.0.reserve(key.len() + 4);
        self.separate(b'{');
        self.0.push(b'"');
        self.0.extend_from_slice(key.as_bytes());
        self.0.extend_from_slice(b"\":");
        value.serialize(Json(self.0))
    }

    fn end(self) -> Result<()> {
        self.close(b'}')
    }
}

impl SerializeSeq for Json<'_> {
    type Ok = ();
    type Error = serde_json::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.separate(b'[');
        value.serialize(Json(self.0))
    }

    fn end(self) -> Result<()> {
        self.close(b']')
    }
}

macro_rules! handed_on {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<()> {
            serde_json::to_writer(self.0, &value)
        }
    )*};
}

impl Serializer for Json<'_> {
    type Ok = ();
    type Error = serde_json::Error;
    type SerializeSeq = Self;
    type SerializeStruct = Self;
    type SerializeTuple = Impossible<(), Self::Error>;
    type SerializeTupleStruct = Impossible<(), Self::Error>;
    type SerializeTupleVariant = Impossible<(), Self::Error>;
    type SerializeMap = Impossible<(), Self::Error>;
    type SerializeStructVariant = Impossible<(), Self::Error>;

    handed_on! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_bytes: &[u8]
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.text(text)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        refused("a variant with a value")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self> {
        self.0.push(b'[');
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        self.0.push(b'{');
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple> {
        refused("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct> {
        refused("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        refused("a variant with values")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
        refused("a map")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        refused("a variant with fields")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Everything<'a> {
        text: &'a str,
        number: i32,
        truth: bool,
        none: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
        empty: Vec<u8>,
        many: Vec<Inner<'a>>,
    }

    #[derive(Serialize)]
    struct Inner<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    }

    #[test]
    fn it_is_what_serde_json_writes() {
        for text in
            ["", "Ærø 𝄞", "\"", "a\\b", "{", "[", "line\nbreak", "\u{7f}\u{0}\u{1f}", "a long text, and at its end: \""]
        {
            let many = vec![Inner { name: None }, Inner { name: Some(text) }];
            let object =
                Everything { text, number: -17, truth: true, none: None, absent: None, empty: Vec::new(), many };
            let mut out = Vec::new();
            write(&object, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&object).unwrap());
        }
    }

    #[test]
    fn what_no_object_holds_is_refused() {
        assert!(write(&(1, 2), &mut Vec::new()).is_err());
        assert!(write(&std::collections::BTreeMap::from([("a", 1)]), &mut Vec::new()).is_err());
    }
}
