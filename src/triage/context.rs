//! Which run a log is of, from the variables that CI systems set in a job.
//!
//! Variables are believed only where the one stands beside them that says which system this is: a `CI_COMMIT_SHA` on
//! somebody's own machine means nothing.

use crate::model::RunContext;

type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The run that this process is part of. `get` looks a variable up; empty is not there.
pub fn of_job(get: Get) -> RunContext {
    let get: Get = &|name| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let says = |name: &str, values: &[&str]| {
        get(name).is_some_and(|value| values.iter().any(|known| value.eq_ignore_ascii_case(known)))
    };
    // Runners of Gitea and Forgejo set GitHub's variables too; ours beside them mean the same.
    if says("GITHUB_ACTIONS", &["true"]) || says("GITEA_ACTIONS", &["true"]) || says("FORGEJO_ACTIONS", &["true"]) {
        return github(get);
    }
    if says("GITLAB_CI", &["true"]) {
        return gitlab(get);
    }
    if says("TRAVIS", &["true"]) {
        return travis(get);
    }
    if says("BUILDKITE", &["true"]) {
        return buildkite(get);
    }
    if says("CIRCLECI", &["true"]) {
        return circleci(get);
    }
    if says("TF_BUILD", &["true"]) {
        return azure(get);
    }
    if says("APPVEYOR", &["true"]) {
        return appveyor(get);
    }
    if get("BITBUCKET_BUILD_NUMBER").is_some() {
        return bitbucket(get);
    }
    if get("TASKCLUSTER_ROOT_URL").is_some() && get("TASK_ID").is_some() {
        return taskcluster(get);
    }
    if get("JENKINS_URL").is_some() || (get("BUILD_URL").is_some() && get("JOB_NAME").is_some()) {
        return jenkins(get);
    }
    RunContext::default()
}

/// On `pull_request`, `GITHUB_SHA` is the merge of head and base that GitHub made for the run. It is what was built, and
/// reruns build it again, so it stays; the head's own commit is only in the event's file.
fn github(get: Get) -> RunContext {
    let (server, repo, run_id) = (get("GITHUB_SERVER_URL"), get("GITHUB_REPOSITORY"), get("GITHUB_RUN_ID"));
    let run_attempt = number(get("GITHUB_RUN_ATTEMPT"));
    let run = joined(&[server, repo.clone(), Some("actions/runs".to_owned()), run_id.clone()]);
    RunContext {
        artifacts: run.as_ref().map(|run| format!("{run}#artifacts")),
        url: run.map(|run| run_attempt.map_or(run.clone(), |attempt| format!("{run}/attempts/{attempt}"))),
        repo,
        run_id,
        run_attempt,
        sha: get("GITHUB_SHA"),
        branch: get("GITHUB_HEAD_REF").or_else(|| get("GITHUB_REF_NAME")).or_else(|| branch(get("GITHUB_REF"))),
        workflow: get("GITHUB_WORKFLOW"),
        job: get("GITHUB_JOB"),
        step: None,
    }
}

fn gitlab(get: Get) -> RunContext {
    let url = get("CI_JOB_URL");
    RunContext {
        repo: get("CI_PROJECT_PATH"),
        run_id: get("CI_PIPELINE_ID"),
        run_attempt: None,
        sha: get("CI_COMMIT_SHA"),
        branch: get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| get("CI_COMMIT_REF_NAME")),
        workflow: get("CI_PIPELINE_NAME"),
        job: get("CI_JOB_NAME"),
        step: None,
        artifacts: url.as_ref().map(|url| format!("{url}/artifacts/browse")),
        url,
    }
}

fn travis(get: Get) -> RunContext {
    RunContext {
        repo: get("TRAVIS_REPO_SLUG"),
        run_id: get("TRAVIS_BUILD_ID"),
        sha: get("TRAVIS_PULL_REQUEST_SHA").or_else(|| get("TRAVIS_COMMIT")),
        branch: get("TRAVIS_PULL_REQUEST_BRANCH").or_else(|| get("TRAVIS_BRANCH")),
        job: get("TRAVIS_JOB_NAME").or_else(|| get("TRAVIS_JOB_NUMBER")),
        url: get("TRAVIS_JOB_WEB_URL").or_else(|| get("TRAVIS_BUILD_WEB_URL")),
        ..RunContext::default()
    }
}

fn buildkite(get: Get) -> RunContext {
    let url = get("BUILDKITE_BUILD_URL");
    let job = get("BUILDKITE_JOB_ID");
    RunContext {
        repo: get("BUILDKITE_REPO").and_then(|url| repository(&url)),
        run_id: get("BUILDKITE_BUILD_ID").or_else(|| get("BUILDKITE_BUILD_NUMBER")),
        // It counts from 0.
        run_attempt: number(get("BUILDKITE_RETRY_COUNT")).and_then(|count| count.checked_add(1)),
        sha: get("BUILDKITE_COMMIT").filter(|sha| sha != "HEAD"),
        branch: get("BUILDKITE_BRANCH"),
        workflow: get("BUILDKITE_PIPELINE_SLUG"),
        job: get("BUILDKITE_LABEL").or_else(|| get("BUILDKITE_STEP_KEY")),
        step: None,
        url: url.map(|url| job.map_or(url.clone(), |job| format!("{url}#{job}"))),
        artifacts: None,
    }
}

fn circleci(get: Get) -> RunContext {
    RunContext {
        repo: joined(&[get("CIRCLE_PROJECT_USERNAME"), get("CIRCLE_PROJECT_REPONAME")]),
        run_id: get("CIRCLE_WORKFLOW_ID").or_else(|| get("CIRCLE_BUILD_NUM")),
        sha: get("CIRCLE_SHA1"),
        branch: get("CIRCLE_BRANCH"),
        job: get("CIRCLE_JOB"),
        url: get("CIRCLE_BUILD_URL"),
        ..RunContext::default()
    }
}

fn azure(get: Get) -> RunContext {
    let run = get("SYSTEM_COLLECTIONURI").zip(get("SYSTEM_TEAMPROJECT")).zip(get("BUILD_BUILDID"));
    let url = run.map(|((collection, project), id)| {
        format!("{}/{project}/_build/results?buildId={id}", collection.trim_end_matches('/'))
    });
    RunContext {
        repo: get("BUILD_REPOSITORY_NAME"),
        run_id: get("BUILD_BUILDID"),
        run_attempt: number(get("SYSTEM_JOBATTEMPT")),
        sha: get("SYSTEM_PULLREQUEST_SOURCECOMMITID").or_else(|| get("BUILD_SOURCEVERSION")),
        branch: branch(get("SYSTEM_PULLREQUEST_SOURCEBRANCH").or_else(|| get("BUILD_SOURCEBRANCH"))),
        workflow: get("BUILD_DEFINITIONNAME"),
        job: get("SYSTEM_JOBDISPLAYNAME").or_else(|| get("AGENT_JOBNAME")),
        step: None,
        artifacts: url.as_ref().map(|url| format!("{url}&view=artifacts")),
        url,
    }
}

fn appveyor(get: Get) -> RunContext {
    let account =
        [get("APPVEYOR_URL"), Some("project".to_owned()), get("APPVEYOR_ACCOUNT_NAME"), get("APPVEYOR_PROJECT_SLUG")];
    let job = [
        joined(&account),
        Some("builds".to_owned()),
        get("APPVEYOR_BUILD_ID"),
        Some("job".to_owned()),
        get("APPVEYOR_JOB_ID"),
    ];
    let url = joined(&job);
    RunContext {
        repo: get("APPVEYOR_REPO_NAME"),
        run_id: get("APPVEYOR_BUILD_ID"),
        sha: get("APPVEYOR_PULL_REQUEST_HEAD_COMMIT").or_else(|| get("APPVEYOR_REPO_COMMIT")),
        branch: get("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH").or_else(|| get("APPVEYOR_REPO_BRANCH")),
        job: get("APPVEYOR_JOB_NAME"),
        artifacts: url.as_ref().map(|url| format!("{url}/artifacts")),
        url,
        ..RunContext::default()
    }
}

fn bitbucket(get: Get) -> RunContext {
    let (repo, number) = (get("BITBUCKET_REPO_FULL_NAME"), get("BITBUCKET_BUILD_NUMBER"));
    let site = Some("https://bitbucket.org".to_owned());
    RunContext {
        url: joined(&[site, repo.clone(), Some("pipelines/results".to_owned()), number.clone()]),
        repo,
        run_id: number,
        sha: get("BITBUCKET_COMMIT"),
        branch: get("BITBUCKET_BRANCH"),
        ..RunContext::default()
    }
}

fn taskcluster(get: Get) -> RunContext {
    let task = joined(&[get("TASKCLUSTER_ROOT_URL"), Some("tasks".to_owned()), get("TASK_ID")]);
    let run = number(get("RUN_ID"));
    RunContext {
        repo: get("GECKO_HEAD_REPOSITORY").and_then(|url| repository(&url)),
        run_id: get("TASK_ID"),
        // It counts from 0.
        run_attempt: run.and_then(|run| run.checked_add(1)),
        sha: get("GECKO_HEAD_REV"),
        job: get("TASK_LABEL"),
        url: task.map(|task| run.map_or(task.clone(), |run| format!("{task}/runs/{run}"))),
        ..RunContext::default()
    }
}

fn jenkins(get: Get) -> RunContext {
    let url = get("BUILD_URL");
    RunContext {
        repo: get("GIT_URL").and_then(|url| repository(&url)),
        run_id: get("BUILD_NUMBER"),
        sha: get("GIT_COMMIT"),
        // `BRANCH_NAME` of a pull request is `PR-12`.
        branch: get("CHANGE_BRANCH")
            .or_else(|| get("BRANCH_NAME"))
            .or_else(|| get("GIT_BRANCH").map(|branch| branch.strip_prefix("origin/").unwrap_or(&branch).to_owned())),
        workflow: get("JOB_NAME"),
        job: get("STAGE_NAME").or_else(|| get("JOB_BASE_NAME")),
        artifacts: url.as_ref().map(|url| format!("{}/artifact/", url.trim_end_matches('/'))),
        url,
        ..RunContext::default()
    }
}

fn number(value: Option<String>) -> Option<u64> {
    value?.parse().ok()
}

/// `refs/heads/main` → `main`; a tag or a pull request is no branch.
fn branch(value: Option<String>) -> Option<String> {
    let value = value?;
    match value.strip_prefix("refs/heads/") {
        Some(branch) => Some(branch.to_owned()),
        None => Some(value).filter(|value| !value.starts_with("refs/")),
    }
}

/// Parts of an address, all of them or nothing.
fn joined(parts: &[Option<String>]) -> Option<String> {
    let parts: Option<Vec<&str>> =
        parts.iter().map(|part| part.as_deref().map(|part| part.trim_matches('/'))).collect();
    parts.map(|parts| parts.join("/"))
}

/// `owner/name` of an address to clone from.
pub(super) fn repository(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':').map_or(url, |(_, path)| path),
    };
    let path = path.trim_end_matches('/').trim_end_matches(".git").trim_start_matches('/');
    (path.contains('/') && !path.contains([' ', '@', '?'])).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> RunContext {
        of_job(&|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn variables_count_only_inside_of_a_job() {
        assert_eq!(of(&[]), RunContext::default());
        assert_eq!(
            of(&[("GITHUB_REPOSITORY", "a/b"), ("CI_COMMIT_SHA", "1d3c"), ("TASK_ID", "x")]),
            RunContext::default()
        );
        assert_eq!(of(&[("GITHUB_ACTIONS", "false"), ("GITHUB_REPOSITORY", "a/b")]), RunContext::default());
    }

    #[test]
    fn github_names_the_head_branch_of_a_pull_request() {
        let run = of(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_REPOSITORY", "shop/web"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "2"),
            ("GITHUB_SHA", "1d3c5af"),
            ("GITHUB_HEAD_REF", "cart"),
            ("GITHUB_REF_NAME", "12/merge"),
            ("GITHUB_WORKFLOW", "CI"),
            ("GITHUB_JOB", "test"),
        ]);
        let expected = RunContext {
            repo: some("shop/web"),
            run_id: some("77"),
            run_attempt: Some(2),
            sha: some("1d3c5af"),
            branch: some("cart"),
            workflow: some("CI"),
            job: some("test"),
            step: None,
            url: some("https://github.example/shop/web/actions/runs/77/attempts/2"),
            artifacts: some("https://github.example/shop/web/actions/runs/77#artifacts"),
        };
        assert_eq!(run, expected);
        // A push: an empty head; a number that is none.
        let run = of(&[
            ("GITEA_ACTIONS", "true"),
            ("GITHUB_HEAD_REF", ""),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_RUN_ATTEMPT", "x"),
        ]);
        assert_eq!((run.branch, run.run_attempt, run.url), (some("main"), None, None));
    }

    #[test]
    fn every_system_is_known_by_its_own_variable() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, &'a str, &'a str);
        let table: &[Row] = &[
            (
                &[
                    ("GITLAB_CI", "true"),
                    ("CI_PROJECT_PATH", "g/sub/r"),
                    ("CI_PIPELINE_ID", "5"),
                    ("CI_COMMIT_REF_NAME", "main"),
                    ("CI_JOB_URL", "https://gitlab.example/g/sub/r/-/jobs/9"),
                ],
                "g/sub/r",
                "5",
                "main",
                "https://gitlab.example/g/sub/r/-/jobs/9",
            ),
            (
                &[
                    ("TRAVIS", "true"),
                    ("TRAVIS_REPO_SLUG", "o/r"),
                    ("TRAVIS_BUILD_ID", "6"),
                    ("TRAVIS_BRANCH", "main"),
                    ("TRAVIS_PULL_REQUEST_BRANCH", "fix"),
                    ("TRAVIS_JOB_WEB_URL", "https://travis.example/o/r/jobs/7"),
                ],
                "o/r",
                "6",
                "fix",
                "https://travis.example/o/r/jobs/7",
            ),
            (
                &[
                    ("BUILDKITE", "true"),
                    ("BUILDKITE_REPO", "git@github.com:o/r.git"),
                    ("BUILDKITE_BUILD_ID", "b-1"),
                    ("BUILDKITE_BRANCH", "main"),
                    ("BUILDKITE_BUILD_URL", "https://buildkite.example/o/r/builds/3"),
                    ("BUILDKITE_JOB_ID", "j-2"),
                ],
                "o/r",
                "b-1",
                "main",
                "https://buildkite.example/o/r/builds/3#j-2",
            ),
            (
                &[
                    ("CIRCLECI", "true"),
                    ("CIRCLE_PROJECT_USERNAME", "o"),
                    ("CIRCLE_PROJECT_REPONAME", "r"),
                    ("CIRCLE_BUILD_NUM", "8"),
                    ("CIRCLE_BRANCH", "main"),
                    ("CIRCLE_BUILD_URL", "https://circleci.example/8"),
                ],
                "o/r",
                "8",
                "main",
                "https://circleci.example/8",
            ),
            (
                &[
                    ("TF_BUILD", "True"),
                    ("BUILD_REPOSITORY_NAME", "o/r"),
                    ("BUILD_BUILDID", "9"),
                    ("BUILD_SOURCEBRANCH", "refs/heads/main"),
                    ("SYSTEM_COLLECTIONURI", "https://dev.azure.example/o/"),
                    ("SYSTEM_TEAMPROJECT", "p"),
                ],
                "o/r",
                "9",
                "main",
                "https://dev.azure.example/o/p/_build/results?buildId=9",
            ),
            (
                &[
                    ("APPVEYOR", "True"),
                    ("APPVEYOR_REPO_NAME", "o/r"),
                    ("APPVEYOR_BUILD_ID", "10"),
                    ("APPVEYOR_REPO_BRANCH", "main"),
                    ("APPVEYOR_URL", "https://ci.appveyor.example"),
                    ("APPVEYOR_ACCOUNT_NAME", "o"),
                    ("APPVEYOR_PROJECT_SLUG", "r"),
                    ("APPVEYOR_JOB_ID", "j"),
                ],
                "o/r",
                "10",
                "main",
                "https://ci.appveyor.example/project/o/r/builds/10/job/j",
            ),
            (
                &[("BITBUCKET_BUILD_NUMBER", "11"), ("BITBUCKET_REPO_FULL_NAME", "o/r"), ("BITBUCKET_BRANCH", "main")],
                "o/r",
                "11",
                "main",
                "https://bitbucket.org/o/r/pipelines/results/11",
            ),
            (
                &[
                    ("JENKINS_URL", "https://jenkins.example/"),
                    ("GIT_URL", "https://github.com/o/r.git"),
                    ("BUILD_NUMBER", "12"),
                    ("GIT_BRANCH", "origin/main"),
                    ("BUILD_URL", "https://jenkins.example/job/r/12/"),
                ],
                "o/r",
                "12",
                "main",
                "https://jenkins.example/job/r/12/",
            ),
        ];
        for (variables, repo, run_id, branch, url) in table {
            let run = of(variables);
            let got = (run.repo.as_deref(), run.run_id.as_deref(), run.branch.as_deref(), run.url.as_deref());
            assert_eq!(got, (Some(*repo), Some(*run_id), Some(*branch), Some(*url)), "{variables:?}");
        }
        let run = of(&[("TASKCLUSTER_ROOT_URL", "https://tc.example"), ("TASK_ID", "A"), ("RUN_ID", "0")]);
        assert_eq!((run.run_attempt, run.url), (Some(1), some("https://tc.example/tasks/A/runs/0")));
    }

    #[test]
    fn a_clone_address_names_the_repository() {
        for (url, name) in [
            ("https://github.com/o/r.git", some("o/r")),
            ("git@gitlab.example:g/sub/r.git", some("g/sub/r")),
            ("ssh://git@host.example:22/o/r", some("o/r")),
            ("https://token@host.example/o/r", some("o/r")),
            ("https://host.example", None),
            ("r", None),
        ] {
            assert_eq!(repository(url), name, "{url}");
        }
    }
}
