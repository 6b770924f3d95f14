//! SS12000 2.1 Organisation <-> the hub's institution.

use std::borrow::Cow;

use super::{Reading, Refusal, person};
use crate::{
    crosswalk::Trail,
    domain::{self, Coded, OrganisationNumber, Text, lend, lend_option},
    standards::ss12000::{
        context::{Context, some},
        model, read,
        values::{OrganisationAddressType, OrganisationType, SchoolType},
    },
};

const LOCAL_CODES: &str = "codes of the Danish register mean nothing elsewhere";

/// The institution. `main` says that it has departments. `forms` are the school forms of its pupils; where there are none, the configured ones count.
pub fn organisation<'m>(
    context: &'m Context<'m>,
    main: bool,
    forms: &[SchoolType],
    trail: &mut Trail,
) -> model::Organisation<'m> {
    let domain::Organisation {
        number,
        name: _, // in `display_name`
        kind,
        detailed_kind,
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent: _, // in `parent`, below
        municipality,
        administrative_municipality: _, // likewise
        region,
    } = context.organisation;
    drop_coded("kind", kind, trail);
    let Coded { code: detailed_code, name: detailed_name } = detailed_kind;
    trail.drop("detailed_kind/name", LOCAL_CODES, detailed_name);
    trail.drop("unit_kind", "the type tells schools and units only", unit_kind);
    trail.drop("fax", "there is no place for it", fax);
    drop_coded("region", region, trail);
    let Coded { code: municipality_code, name: municipality_name } = municipality;
    trail.drop("municipality/name", "the code stands for it", municipality_name);
    let school_types = match (forms, detailed_code.as_deref().and_then(|it| context.options.school_types.get(it))) {
        ([], Some(configured)) => configured.clone(),
        _ => {
            trail.drop("detailed_kind/code", LOCAL_CODES, detailed_code);
            forms.to_vec()
        }
    };
    let number = number.as_str();
    model::Organisation {
        id: context.unit,
        meta: context.meta(),
        display_name: Cow::Borrowed(context.organisation.display_name()),
        organisation_code: Some(Cow::Borrowed(number)),
        organisation_type: if main { OrganisationType::School } else { OrganisationType::SchoolUnit },
        organisation_number: None,
        parent_organisation: parent(context, trail),
        school_unit_code: context.tells_school_unit_code().then_some(Cow::Borrowed(number)),
        school_types,
        address: address(street, postal_code, town, trail),
        municipality_code: municipality_code.as_ref().and_then(|it| four_digits(it, context, trail)),
        url: web.as_ref().and_then(|it| url(it, trail)),
        email: email.as_ref().and_then(|it| mail(it, trail)),
        phone_number: phone.as_ref().and_then(some),
        contact_info: Vec::new(),
        start_date: None,
        end_date: None,
    }
}

fn drop_coded(field: &'static str, coded: &Coded<'_>, trail: &mut Trail) {
    let Coded { code, name } = coded;
    trail.within(field, |trail| {
        trail.drop("code", LOCAL_CODES, code);
        trail.drop("name", LOCAL_CODES, name);
    });
}

/// The institution that this one is a department of, else its municipality, where that is wanted.
fn parent<'m>(context: &'m Context<'m>, trail: &mut Trail) -> Option<model::Reference<'m>> {
    let Coded { code, name } = &context.organisation.administrative_municipality;
    if let Some(main) = context.organisation.main() {
        trail.drop("administrative_municipality/code", "the main institution stands above", code);
        trail.drop("administrative_municipality/name", "the main institution stands above", name);
        return Some(model::Reference { id: context.mint.organisation(main), display_name: None });
    }
    match code.as_deref().and_then(padded) {
        Some(code) if context.options.authority => {
            let name = context.reference_names.then(|| lend_option(name)).flatten();
            Some(model::Reference { id: context.mint.municipality(&code), display_name: name })
        }
        _ => {
            trail.drop("administrative_municipality/code", "municipalities are not sent as authorities", code);
            trail.drop("administrative_municipality/name", "municipalities are not sent as authorities", name);
            None
        }
    }
}

/// The administering municipality as an organisation of its own, where that is wanted and the institution is no department.
pub fn authority<'m>(context: &'m Context<'m>) -> Option<model::Organisation<'m>> {
    let Coded { code, name } = &context.organisation.administrative_municipality;
    let code = padded(code.as_deref()?)?;
    if !context.options.authority || context.organisation.main().is_some() {
        return None;
    }
    Some(model::Organisation {
        id: context.mint.municipality(&code),
        meta: context.meta(),
        display_name: name.as_ref().map_or_else(|| code.clone(), lend),
        organisation_code: None,
        organisation_type: OrganisationType::Authority,
        organisation_number: None,
        parent_organisation: None,
        school_unit_code: None,
        school_types: Vec::new(),
        address: None,
        municipality_code: Some(code),
        url: None,
        email: None,
        phone_number: None,
        contact_info: Vec::new(),
        start_date: None,
        end_date: None,
    })
}

fn address<'m>(
    street: &'m Option<Text<'_>>,
    postal_code: &'m Option<Text<'_>>,
    town: &'m Option<Text<'_>>,
    trail: &mut Trail,
) -> Option<model::OrganisationAddress<'m>> {
    match (street.as_ref().and_then(some), postal_code.as_ref().and_then(some), town.as_ref().and_then(some)) {
        (Some(street_address), Some(postal_code), Some(locality)) => Some(model::OrganisationAddress {
            kind: Some(OrganisationAddressType::Visiting),
            street_address,
            locality,
            postal_code,
            county_code: None,
            municipality_code: None,
            real_estate_designation: None,
            country: Some(Cow::Borrowed("Danmark")),
        }),
        (street, postal_code, town) => {
            const PARTIAL: &str = "an address needs street, postal code and town";
            trail.drop("street", PARTIAL, street);
            trail.drop("postal_code", PARTIAL, postal_code);
            trail.drop("town", PARTIAL, town);
            None
        }
    }
}

fn four_digits<'m>(code: &'m str, context: &Context<'_>, trail: &mut Trail) -> Option<Text<'m>> {
    let digits = padded(code);
    if digits.is_none() || !context.options.municipality_code {
        trail.drop("municipality/code", "not sent, or no number", code);
        return None;
    }
    digits
}

/// A municipality's number in four digits.
pub(super) fn padded(code: &str) -> Option<Text<'_>> {
    let code = code.trim();
    match code.len() {
        _ if !code.bytes().all(|it| it.is_ascii_digit()) => None,
        4 => Some(Cow::Borrowed(code)),
        1..=3 => Some(Cow::Owned(format!("{code:0>4}"))),
        _ => None,
    }
}

fn url<'m>(web: &'m str, trail: &mut Trail) -> Option<Text<'m>> {
    let address = web.trim();
    let is_plain =
        |it: u8| it.is_ascii_graphic() && !matches!(it, b'<' | b'>' | b'"' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    match address {
        "" => None,
        _ if !address.bytes().all(is_plain) => {
            trail.lose("web", "it is no address of a page");
            None
        }
        it if it.contains("://") => Some(Cow::Borrowed(it)),
        it => Some(Cow::Owned(format!("https://{it}"))),
    }
}

fn mail<'m>(address: &'m str, trail: &mut Trail) -> Option<Text<'m>> {
    if super::person::is_mail(address) {
        return Some(Cow::Borrowed(address));
    }
    trail.drop("email", "it is no mail address", address);
    None
}

/// An institution, if the element is one that the Danish side knows.
pub fn organisation_in<'a>(
    organisation: &'a read::Organisation<'a>,
    all: &'a [read::Organisation<'a>],
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Result<domain::Organisation<'a>, Refusal> {
    let read::Organisation {
        id: _, // minted again from the number
        display_name,
        organisation_code: _, // in `number`
        organisation_type: _, // in `is_institution`
        organisation_number,
        parent_organisation,
        school_unit_code: _, // in `number`
        school_types,
        address,
        municipality_code,
        url,
        email,
        phone_number,
        contact_info,
        start_date,
        end_date,
    } = organisation;
    if !is_institution(organisation) {
        return Err(Refusal::NotAnInstitution);
    }
    let number = number(organisation, reading).ok_or(Refusal::NoNumber)?;
    trail.drop("organisationNumber", "institutions are known by the register's number", organisation_number);
    trail.drop("schoolTypes", "kinds of institution are the register's to give", school_types);
    trail.drop("contactInfo", "there is no place for it", contact_info);
    trail.drop("startDate", "there is no place for it", start_date);
    trail.drop("endDate", "there is no place for it", end_date);
    let (street, postal_code, town) = match address {
        Some(address) => trail.within("address", |trail| address_in(address, trail)),
        None => (None, None, None),
    };
    let above = parent_organisation.as_ref().and_then(|it| all.iter().find(|other| id(other) == it.id()));
    let parent = above.filter(|it| is_institution(it)).and_then(|it| self::number(it, reading));
    let administrative = above.filter(|it| kind(it) == Some(OrganisationType::Authority));
    Ok(domain::Organisation {
        name: text(display_name),
        street,
        postal_code,
        town,
        phone: text(phone_number),
        email: text(email),
        web: text(url),
        municipality: Coded { code: text(municipality_code), name: None },
        administrative_municipality: administrative.map_or_else(Coded::default, |it| Coded {
            code: text(&it.municipality_code),
            name: text(&it.display_name),
        }),
        parent,
        kind: Coded::default(),
        detailed_kind: Coded::default(),
        unit_kind: None,
        fax: None,
        region: Coded::default(),
        number,
    })
}

type AddressParts<'a> = (Option<Text<'a>>, Option<Text<'a>>, Option<Text<'a>>);

fn address_in<'a>(address: &'a read::Address<'a>, trail: &mut Trail) -> AddressParts<'a> {
    let read::Address {
        kind,
        street_address,
        locality,
        postal_code,
        county_code,
        municipality_code,
        real_estate_designation,
        country,
    } = address;
    trail.drop("type", "institutions have one address", kind);
    trail.drop("countyCode", "there is no place for it", county_code);
    trail.drop("municipalityCode", "the institution has its own", municipality_code);
    trail.drop("realEstateDesignation", "there is no place for it", real_estate_designation);
    trail.drop("country", "there is no place for it", country);
    (text(street_address), text(postal_code), text(locality))
}

fn kind(organisation: &read::Organisation<'_>) -> Option<OrganisationType> {
    person::parse(&organisation.organisation_type, OrganisationType::parse)
}

fn id<'r>(organisation: &'r read::Organisation<'_>) -> &'r str {
    organisation.id.as_ref().map_or("", read::Text::as_str)
}

/// Whether the Danish side would call the element an institution.
pub fn is_institution(organisation: &read::Organisation<'_>) -> bool {
    matches!(kind(organisation), Some(OrganisationType::School | OrganisationType::SchoolUnit))
}

/// The register's number of an element: a code that looks like one, else a configured one. Never invented.
pub fn number<'o>(organisation: &'o read::Organisation<'_>, reading: &Reading<'o>) -> Option<OrganisationNumber<'o>> {
    let code = |it: &'o Option<read::Text<'_>>| it.as_ref().map(|it| OrganisationNumber::new(it.as_str()));
    let codes = [code(&organisation.organisation_code), code(&organisation.school_unit_code)];
    let fitting = codes.into_iter().flatten().find(OrganisationNumber::fits_register);
    fitting.or_else(|| reading.known_key(id(organisation)).map(OrganisationNumber::new))
}

/// A text of the wire in the hub.
pub(super) fn text<'a>(text: &'a Option<read::Text<'a>>) -> Option<Text<'a>> {
    text.as_ref().and_then(|it| some(&it.0))
}
