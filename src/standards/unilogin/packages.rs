//! Documents of wsiEKSPORT, taken apart and put together: in every package of both versions they have the same parts by the same names.

/// When it was exported, import sources, number and name of the institution, groups; and the people.
macro_rules! apart {
    ($document:expr, $module:ident::$root:ident, $institution:ident) => {{
        let $module::$root { export_date_time, import_source, institution } = $document;
        let $module::$institution { institution_number, institution_name, group, institution_person } = institution;
        ((export_date_time, import_source, (institution_number, institution_name), group), institution_person)
    }};
}

/// The document of these parts.
macro_rules! together {
    ($parts:expr, $people:expr, $module:ident::$root:ident, $institution:ident) => {{
        let (export_date_time, import_source, (institution_number, institution_name), group) = $parts;
        let institution_person = $people;
        let institution = $module::$institution { institution_number, institution_name, group, institution_person };
        $module::$root { export_date_time, import_source, institution }
    }};
}

pub(super) use {apart, together};
