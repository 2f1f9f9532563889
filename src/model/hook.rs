//! The hooks that ci-guard can judge a push from.

/// A hook, by the name git gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookName {
    /// In a clone: what leaves.
    PrePush,
    /// In a repository that is pushed to: what arrives.
    PreReceive,
}

impl HookName {
    /// Both of them.
    pub const ALL: [HookName; 2] = [HookName::PrePush, HookName::PreReceive];

    /// git's name for it, which is also the name of its file.
    pub fn id(self) -> &'static str {
        match self {
            HookName::PrePush => "pre-push",
            HookName::PreReceive => "pre-receive",
        }
    }
}
