//! The Danish municipalities and regions: the code for the name that the institution register writes.

/// Code, name as the register writes it, code of the region.
const MUNICIPALITIES: [(&str, &str, &str); 99] = [
    ("101", "Københavns Kommune", "1084"),
    ("147", "Frederiksberg Kommune", "1084"),
    ("151", "Ballerup Kommune", "1084"),
    ("153", "Brøndby Kommune", "1084"),
    ("155", "Dragør Kommune", "1084"),
    ("157", "Gentofte Kommune", "1084"),
    ("159", "Gladsaxe Kommune", "1084"),
    ("161", "Glostrup Kommune", "1084"),
    ("163", "Herlev Kommune", "1084"),
    ("165", "Albertslund Kommune", "1084"),
    ("167", "Hvidovre Kommune", "1084"),
    ("169", "Høje-Taastrup Kommune", "1084"),
    ("173", "Lyngby-Taarbæk Kommune", "1084"),
    ("175", "Rødovre Kommune", "1084"),
    ("183", "Ishøj Kommune", "1084"),
    ("185", "Tårnby Kommune", "1084"),
    ("187", "Vallensbæk Kommune", "1084"),
    ("190", "Furesø Kommune", "1084"),
    ("201", "Allerød Kommune", "1084"),
    ("210", "Fredensborg Kommune", "1084"),
    ("217", "Helsingør Kommune", "1084"),
    ("219", "Hillerød Kommune", "1084"),
    ("223", "Hørsholm Kommune", "1084"),
    ("230", "Rudersdal Kommune", "1084"),
    ("240", "Egedal Kommune", "1084"),
    ("250", "Frederikssund Kommune", "1084"),
    ("253", "Greve Kommune", "1085"),
    ("259", "Køge Kommune", "1085"),
    ("260", "Halsnæs Kommune", "1084"),
    ("265", "Roskilde Kommune", "1085"),
    ("269", "Solrød Kommune", "1085"),
    ("270", "Gribskov Kommune", "1084"),
    ("306", "Odsherred Kommune", "1085"),
    ("316", "Holbæk Kommune", "1085"),
    ("320", "Faxe Kommune", "1085"),
    ("326", "Kalundborg Kommune", "1085"),
    ("329", "Ringsted Kommune", "1085"),
    ("330", "Slagelse Kommune", "1085"),
    ("336", "Stevns Kommune", "1085"),
    ("340", "Sorø Kommune", "1085"),
    ("350", "Lejre Kommune", "1085"),
    ("360", "Lolland Kommune", "1085"),
    ("370", "Næstved Kommune", "1085"),
    ("376", "Guldborgsund Kommune", "1085"),
    ("390", "Vordingborg Kommune", "1085"),
    ("400", "Bornholms Regionskommune", "1084"),
    ("410", "Middelfart Kommune", "1083"),
    ("411", "Christiansø", "1084"),
    ("420", "Assens Kommune", "1083"),
    ("430", "Faaborg-Midtfyn Kommune", "1083"),
    ("440", "Kerteminde Kommune", "1083"),
    ("450", "Nyborg Kommune", "1083"),
    ("461", "Odense Kommune", "1083"),
    ("479", "Svendborg Kommune", "1083"),
    ("480", "Nordfyns Kommune", "1083"),
    ("482", "Langeland Kommune", "1083"),
    ("492", "Ærø Kommune", "1083"),
    ("510", "Haderslev Kommune", "1083"),
    ("530", "Billund Kommune", "1083"),
    ("540", "Sønderborg Kommune", "1083"),
    ("550", "Tønder Kommune", "1083"),
    ("561", "Esbjerg Kommune", "1083"),
    ("563", "Fanø Kommune", "1083"),
    ("573", "Varde Kommune", "1083"),
    ("575", "Vejen Kommune", "1083"),
    ("580", "Aabenraa Kommune", "1083"),
    ("607", "Fredericia Kommune", "1083"),
    ("615", "Horsens Kommune", "1082"),
    ("621", "Kolding Kommune", "1083"),
    ("630", "Vejle Kommune", "1083"),
    ("657", "Herning Kommune", "1082"),
    ("661", "Holstebro Kommune", "1082"),
    ("665", "Lemvig Kommune", "1082"),
    ("671", "Struer Kommune", "1082"),
    ("706", "Syddjurs Kommune", "1082"),
    ("707", "Norddjurs Kommune", "1082"),
    ("710", "Favrskov Kommune", "1082"),
    ("727", "Odder Kommune", "1082"),
    ("730", "Randers Kommune", "1082"),
    ("740", "Silkeborg Kommune", "1082"),
    ("741", "Samsø Kommune", "1082"),
    ("746", "Skanderborg Kommune", "1082"),
    ("751", "Aarhus Kommune", "1082"),
    ("756", "Ikast-Brande Kommune", "1082"),
    ("760", "Ringkøbing-Skjern Kommune", "1082"),
    ("766", "Hedensted Kommune", "1082"),
    ("773", "Morsø Kommune", "1081"),
    ("779", "Skive Kommune", "1082"),
    ("787", "Thisted Kommune", "1081"),
    ("791", "Viborg Kommune", "1082"),
    ("810", "Brønderslev Kommune", "1081"),
    ("813", "Frederikshavn Kommune", "1081"),
    ("820", "Vesthimmerlands Kommune", "1081"),
    ("825", "Læsø Kommune", "1081"),
    ("840", "Rebild Kommune", "1081"),
    ("846", "Mariagerfjord Kommune", "1081"),
    ("849", "Jammerbugt Kommune", "1081"),
    ("851", "Aalborg Kommune", "1081"),
    ("860", "Hjørring Kommune", "1081"),
];

/// Code and name. The code belongs to the statistical division of 2007.
const REGIONS: [(&str, &str); 5] = [
    ("1081", "Region Nordjylland"),
    ("1082", "Region Midtjylland"),
    ("1083", "Region Syddanmark"),
    ("1084", "Region Hovedstaden"),
    ("1085", "Region Sjælland"),
];

/// The code of a municipality, by its name in any letter case, with or without "Kommune" behind it.
#[must_use]
pub fn municipality_code(name: &str) -> Option<&'static str> {
    let wanted = bare(name).to_lowercase();
    MUNICIPALITIES.iter().find(|it| bare(it.1).to_lowercase() == wanted).map(|it| it.0)
}

/// The code of a region, by its name in any letter case.
#[must_use]
pub fn region_code(name: &str) -> Option<&'static str> {
    let wanted = name.trim().to_lowercase();
    REGIONS.iter().find(|it| it.1.to_lowercase() == wanted).map(|it| it.0)
}

/// The name without the word for municipality. Its genitive stays: "Assens" ends in an s of its own.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_suffix(" Kommune").or_else(|| name.strip_suffix(" kommune")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_registers_write_them() {
        assert_eq!(municipality_code("Københavns Kommune"), Some("101"));
        assert_eq!(municipality_code(" HORSENS KOMMUNE "), None, "shouting is no name of the register");
        assert_eq!(municipality_code("Horsens Kommune"), Some("615"));
        assert_eq!(municipality_code("Horsens"), Some("615"));
        assert_eq!(municipality_code("Bornholms Regionskommune"), Some("400"));
        assert_eq!(municipality_code("Andeby Kommune"), None);
        assert_eq!(region_code("region sjælland"), Some("1085"));
    }

    #[test]
    fn every_code_and_name_is_there_once_and_in_a_region() {
        for (at, (code, name, region)) in MUNICIPALITIES.iter().enumerate() {
            assert!(MUNICIPALITIES[at + 1..].iter().all(|it| it.0 != *code && it.1 != *name), "{name} twice");
            assert!(REGIONS.iter().any(|it| it.0 == *region), "{name} is in no region");
            assert!(code.len() == 3 && code.bytes().all(|it| it.is_ascii_digit()));
        }
    }
}
