//! SS12000 2.1 (SIS, OpenAPI `openapi_ss12000_version2_1_0.yaml`).
