//! What pre-commit and prek tell of a push. They read git's standard input themselves and hand over one ref of it, in
//! variables; whether the push has more refs, they do not say.

use bstr::{BString, ByteSlice};

/// The one ref that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// What was typed on the pushing side.
    pub local_ref: BString,
    /// The object that is to arrive, where it is named; else what `local_ref` leads to.
    pub new: Option<BString>,
    /// The full name of the ref that changes on the receiving side.
    pub remote_ref: BString,
    /// The remote's name.
    pub remote: Option<BString>,
    /// The URL that is pushed to.
    pub url: Option<BString>,
}

/// What was handed over, if anything was. `get` looks a variable up; an empty one is not there.
pub fn ref_of_push(get: &dyn Fn(&str) -> Option<BString>) -> Option<Handed> {
    let is_set = get("PRE_COMMIT")? == "1";
    let remote_ref = get("PRE_COMMIT_REMOTE_BRANCH").filter(|name| !name.iter().any(u8::is_ascii_control))?;
    let local_ref = get("PRE_COMMIT_LOCAL_BRANCH").filter(|name| !name.contains(&0))?;
    is_set.then(|| Handed {
        local_ref,
        new: get("PRE_COMMIT_TO_REF").filter(|id| id.trim_ascii() == id.as_bytes()),
        remote_ref,
        remote: get("PRE_COMMIT_REMOTE_NAME"),
        url: get("PRE_COMMIT_REMOTE_URL"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(variables: &[(&str, &str)]) -> Option<Handed> {
        ref_of_push(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into()))
    }

    #[test]
    fn one_ref_or_none() {
        let [local, remote] =
            [("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/x"), ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/y")];
        let set = ("PRE_COMMIT", "1");
        let want = Handed {
            local_ref: "refs/heads/x".into(),
            new: None,
            remote_ref: "refs/heads/y".into(),
            remote: None,
            url: None,
        };
        assert_eq!(handed(&[set, local, remote]), Some(want.clone()));
        let tip = ("PRE_COMMIT_TO_REF", "1234");
        assert_eq!(handed(&[set, local, remote, tip]), Some(Handed { new: Some("1234".into()), ..want }));
        for few in [&[set, local][..], &[set, remote], &[local, remote], &[("PRE_COMMIT", "0"), local, remote], &[]] {
            assert_eq!(handed(few), None, "{few:?}");
        }
        assert_eq!(handed(&[set, local, ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/\x1b[2J")]), None);
    }
}
