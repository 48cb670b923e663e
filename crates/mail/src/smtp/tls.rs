//! Whom we believe to be the server that we asked for.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::Problem;

/// The public certificates, and those that the settings add.
pub(super) fn roots(extra: Option<&str>) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let Some(extra) = extra.filter(|extra| !extra.trim().is_empty()) else { return Ok(roots) };
    let wrong =
        |why: String| Problem::new("extra_roots", format!("these are not certificates in PEM: {why}"));
    let mut n_read = 0;
    for certificate in CertificateDer::pem_slice_iter(extra.as_bytes()) {
        let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
        roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
        n_read += 1;
    }
    if n_read == 0 {
        return Err(wrong("there is none".to_owned()));
    }
    Ok(roots)
}

pub(super) fn config(extra: Option<&str>) -> Result<Arc<ClientConfig>, Problem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Problem::new("security", e.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots(extra)?).with_no_client_auth()))
}
