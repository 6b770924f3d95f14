//! Exclusive XML Canonicalization 1.0 (W3C 2002), with and without comments, with `InclusiveNamespaces`.
