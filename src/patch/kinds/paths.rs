//! The kinds of change that show in the paths: tables of globs, and nothing else.
//!
//! Globs are matched against whole paths, whatever the letter case, since many file systems do not know it either; one
//! with a capital letter in it is matched as it is written. `*` stops at a slash, `**` between slashes does not.

use super::Kind;
use bstr::BStr;
use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};
use std::sync::LazyLock;

/// The kinds that show in paths.
pub(super) const KINDS: [Kind; 3] = [Kind::Migrations, Kind::ProductionConfig, Kind::Automation];

const MIGRATIONS: &[&str] = &[
    // Rails, with several databases too.
    "**/db/*migrate/**",
    "**/db/schema.rb",
    "**/db/*structure.sql",
    // Django, Laravel, Ecto, TypeORM, Knex, Diesel, Prisma, Supabase, golang-migrate and many more.
    "**/{,*[_-]}migrations/**/*.sql",
    "**/migrations/*.{py,rb,php,js,cjs,mjs,ts,cts,mts,go,cs,java,kt,kts,scala,ex,exs,rs,xml}",
    "**/prisma/migrations/**",
    "**/schema.prisma",
    "**/prisma/schema/**/*.prisma",
    "**/goose/**/*.sql",
    "**/migration/*.{sql,ts,js,java,kt}",
    "**/migration/src/m[0-9]*.rs",
    "**/*.{up,down}.sql",
    "**/drizzle/**/*.sql",
    // Alembic.
    "**/alembic/versions/*.py",
    "**/migrations/versions/*.py",
    // Flyway.
    "**/db/migration/**",
    "**/[vu][0-9]*__*.sql",
    "**/r__*.sql",
    // Liquibase, Sqitch, Atlas.
    "**/db/changelog/**",
    "**/db.changelog*.{sql,xml,yaml,yml,json}",
    "**/liquibase/**/*.{sql,xml,yaml,yml,json}",
    "**/sqitch.plan",
    "**/atlas.sum",
    // Plain schemas.
    "**/{schema,schemas}/**/*.sql",
    "**/schema.sql",
];

const PRODUCTION_CONFIG: &[&str] = &[
    "**/.env.{prod,production}",
    "**/.env.{prod,production}.*",
    "**/{prod,production}.env",
    "**/*[._-]{prod,production}.env",
    "**/{prod,production}.{yml,yaml,json,json5,toml,ini,cfg,conf,properties,tfvars,hcl,tf,xml}",
    "**/*[._-]{prod,production}.{yml,yaml,json,json5,toml,ini,cfg,conf,properties,tfvars,hcl,tf,xml}",
    "**/{,*[._-]}{prod,production}.{auto.tfvars,tfvars.json,auto.tfvars.json,enc.yaml,enc.yml}",
    "**/application-prd.{yml,yaml,properties}",
    "**/web.release.config",
    "**/config/environments/{prod,production}.*",
    "**/config/environments/{prod,production}/**",
    "**/config/{prod,production}.*",
    "**/config/{prod,production}/**",
    "**/config/env/{prod,production}.*",
    "**/config/credentials/production.*",
    "**/config/deploy/production.*",
    "**/config/runtime.exs",
    "**/{settings/,settings_}{prod,production}.py",
    "**/environments/environment.{prod,production}.ts",
    "**/dockerfile.{prod,production}",
    "**/{prod,production}.dockerfile",
    // What a hosting service is told: without another word, that is production.
    "**/procfile",
    "**/{fly,netlify}.toml",
    "**/wrangler.{toml,json,jsonc}",
    "**/vercel.json",
    "app.{yml,yaml}",
    // Kubernetes, Helm, Terraform, Ansible: a folder of production in a folder of environments.
    "**/{k8s,kubernetes,helm,charts,manifests,overlays,kustomize,clusters,argocd,flux}/**/{prod,production,prd}/**",
    "**/{k8s,kubernetes,helm,charts,manifests,overlays,kustomize,clusters,argocd,flux}/**/{prod,production,prd}[_-]*/**",
    "**/{terraform,terragrunt,infra,infrastructure,live,stacks,environments,envs,env}/**/{prod,production,prd}/**",
    "**/{terraform,terragrunt,infra,infrastructure,live,stacks,environments,envs,env}/**/{prod,production,prd}[_-]*/**",
    "**/{deploy,deployment,deployments,ansible,inventory,inventories,group_vars}/**/{prod,production,prd}/**",
    "**/{inventory,inventories,group_vars}/{prod,production}",
];

const AUTOMATION: &[&str] = &[
    // CI. What a service reads at the top of the tree only is no more than a file elsewhere.
    ".github/workflows/**",
    ".github/actions/**",
    ".github/{dependabot,settings,mergify}.{yml,yaml}",
    "action.{yml,yaml}",
    ".gitea/{workflows,actions}/**",
    ".forgejo/{workflows,actions}/**",
    "**/*.gitlab-ci.{yml,yaml}",
    ".gitlab/{ci,agents}/**",
    ".circleci/**",
    "**/jenkinsfile",
    "**/jenkinsfile.*",
    "**/*.jenkinsfile",
    "**/azure-pipelines*.{yml,yaml}",
    ".azure-pipelines/**",
    ".azuredevops/**",
    ".buildkite/**",
    ".travis.{yml,yaml}",
    ".woodpecker.{yml,yaml}",
    ".woodpecker/**",
    ".drone.{yml,yaml,star,jsonnet}",
    "{,.}appveyor.{yml,yaml}",
    "bitbucket-pipelines.{yml,yaml}",
    ".cirrus.{yml,yaml,star}",
    ".semaphore/**",
    ".teamcity/**",
    ".tekton/**",
    ".harness/**",
    ".build.yml",
    ".builds/**",
    ".ci/**",
    "cloudbuild.{yml,yaml,json}",
    "buildspec*.{yml,yaml}",
    "codemagic.{yml,yaml}",
    "bitrise.{yml,yaml}",
    "{,.}zuul.{yml,yaml}",
    "{,.}zuul.d/**",
    ".prow.{yml,yaml}",
    ".prow/**",
    ".bazelci/**",
    ".taskcluster.{yml,yaml}",
    "codefresh.{yml,yaml}",
    ".codefresh/**",
    "wercker.{yml,yaml}",
    // What is released, and how.
    "{,.}goreleaser.{yml,yaml}",
    ".releaserc{,.json,.yml,.yaml,.js,.cjs,.mjs}",
    "release.config.{js,cjs,mjs,ts}",
    ".mergify.{yml,yaml}",
    ".mergify/**",
    "{renovate,.renovaterc,.github/renovate,.gitlab/renovate}{,.json,.json5}",
    // git hooks, and what git itself is told by a tree.
    ".husky/**",
    ".{githooks,git-hooks,hooks}/**",
    "{,.}lefthook{,-local}.{yml,yaml,toml,json,jsonc}",
    ".config/lefthook{,-local}.{yml,yaml,toml,json,jsonc}",
    ".lefthook{,-local}/**",
    "**/.pre-commit-{config,hooks}.{yml,yaml}",
    "**/prek.toml",
    ".overcommit.{yml,yaml}",
    "**/.gitattributes",
    ".gitmodules",
    // Agents: their settings, hooks, tools and instructions.
    "**/.{claude,codex,cursor,gemini,opencode,windsurf,continue,roo,kiro,junie,amazonq,augment,aider,trae}/**",
    "**/.{cursorrules,windsurfrules,roomodes,goosehints}",
    "**/.clinerules",
    "**/.clinerules/**",
    "**/.aider.conf.{yml,yaml}",
    "**/opencode.{json,jsonc}",
    "**/.mcp.json",
    "mcp.json",
    ".rules",
    ".coderabbit.{yml,yaml}",
    // Editors keep there what an agent may do unasked, and which program is run for which task.
    "**/.vscode/{mcp,settings,tasks}.json",
    ".devcontainer/**",
    ".devcontainer.json",
    ".github/{hooks,copilot,agents,prompts,instructions,chatmodes,skills}/**",
    ".github/copilot-instructions.md",
    "{agent,agents,claude,claude.local,gemini}.md",
    "**/{AGENT,AGENTS,CLAUDE,CLAUDE.local,GEMINI}.md",
    // This guard, and who has to approve.
    "**/.ci-guard.{json,toml}",
    "{,.github/,.gitlab/,docs/}codeowners",
];

/// Tests and examples of a migration or of production change nothing there, nor do words in many languages, programs that
/// migrate code, and the setup of a compiler.
const ONLY_EXAMPLES: &[&str] = &[
    "**/{test,tests,__tests__,spec,specs,testdata,test-data,fixtures,__fixtures__,examples}/**",
    "**/test_*",
    "**/*{_test,_spec,.test,.spec}.*",
    "**/*.{example,sample,template,dist}",
    "**/*.{example,sample,template,dist}.*",
    "**/__init__.py",
    "**/{i18n,l10n,lang,langs,locale,locales,translations}/**",
    "**/{codemod,codemods}/**",
    "**/{tsconfig,jsconfig}*.json",
];

/// What is written about automation.
const ONLY_WORDS: &[&str] = &["**/jenkinsfile.{md,mdx,rst,adoc,txt,html}"];

/// The glob that makes this path one of the kind.
pub(super) fn which(kind: Kind, path: &BStr) -> Option<&'static str> {
    match kind {
        Kind::Migrations => MIGRATION_GLOBS.which(path).filter(|_| EXAMPLE_GLOBS.which(path).is_none()),
        Kind::ProductionConfig => PRODUCTION_GLOBS.which(path).filter(|_| EXAMPLE_GLOBS.which(path).is_none()),
        Kind::Automation => AUTOMATION_GLOBS.which(path).filter(|_| WORDS_GLOBS.which(path).is_none()),
        Kind::MajorUpgrades => None,
    }
}

static MIGRATION_GLOBS: LazyLock<Globs> = LazyLock::new(|| Globs::of(MIGRATIONS));
static PRODUCTION_GLOBS: LazyLock<Globs> = LazyLock::new(|| Globs::of(PRODUCTION_CONFIG));
static AUTOMATION_GLOBS: LazyLock<Globs> = LazyLock::new(|| Globs::of(AUTOMATION));
static EXAMPLE_GLOBS: LazyLock<Globs> = LazyLock::new(|| Globs::of(ONLY_EXAMPLES));
static WORDS_GLOBS: LazyLock<Globs> = LazyLock::new(|| Globs::of(ONLY_WORDS));

/// A table, compiled.
struct Globs {
    texts: &'static [&'static str],
    set: GlobSet,
}

impl Globs {
    /// Of a table that does not compile nothing matches; a test holds that all do.
    fn of(texts: &'static [&'static str]) -> Globs {
        Globs { texts, set: compile(texts).unwrap_or_default() }
    }

    fn which(&self, path: &BStr) -> Option<&'static str> {
        let first = |path: &[u8]| self.set.matches_candidate(&Candidate::from_bytes(path)).first().copied();
        let found = first(&path.to_ascii_lowercase()).or_else(|| first(path));
        found.map(|number| self.texts[number])
    }
}

fn compile(texts: &[&str]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for text in texts {
        set.add(GlobBuilder::new(text).literal_separator(true).empty_alternates(true).build()?);
    }
    set.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(kind: Kind, path: &str) -> bool {
        which(kind, path.into()).is_some()
    }

    fn check(kind: Kind, yes: &[&str], no: &[&str]) {
        for path in yes {
            assert!(hits(kind, path), "{path} is {}", kind.what());
        }
        for path in no {
            assert_eq!(which(kind, (*path).into()), None, "{path} is not {}", kind.what());
        }
    }

    #[test]
    fn every_table_compiles_and_no_glob_is_idle_twice() {
        for texts in [MIGRATIONS, PRODUCTION_CONFIG, AUTOMATION, ONLY_EXAMPLES, ONLY_WORDS] {
            assert_eq!(compile(texts).unwrap().len(), texts.len());
            let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
            assert_eq!(distinct.len(), texts.len());
        }
    }

    #[test]
    fn migrations() {
        check(
            Kind::Migrations,
            &[
                "db/migrate/20260101_add_users.rb",
                "db/post_migrate/1_x.rb",
                "db/animals_migrate/1_x.rb",
                "engines/shop/db/migrate/1_x.rb",
                "db/schema.rb",
                "db/structure.sql",
                "shop/migrations/0001_initial.py",
                "Data/Migrations/20260101_Init.cs",
                "database/migrations/2026_create_users.php",
                "priv/repo/migrations/1_x.exs",
                "src/migrations/1-x.ts",
                "migrations/2026-01-01_users/up.sql",
                "prisma/migrations/2026_init/migration.sql",
                "prisma/migrations/migration_lock.toml",
                "supabase/migrations/1_x.sql",
                "src/migration/1-x.ts",
                "migration/src/m20260101_000001_users.rs",
                "sql/000001_users.up.sql",
                "drizzle/0000_x.sql",
                "alembic/versions/1a2b_x.py",
                "app/migrations/versions/1a2b_x.py",
                "src/main/resources/db/migration/V1__init.sql",
                "sql/V1.2__x.sql",
                "sql/R__views.sql",
                "db/changelog/001.xml",
                "src/main/resources/db.changelog-master.yaml",
                "sqitch.plan",
                "migrations/atlas.sum",
                "schema/tables/users.sql",
                "db/schema.sql",
                "prisma/schema.prisma",
                "packages/db/prisma/schema/user.prisma",
                "goose/00001_init.sql",
                "diesel_migrations/1_users/up.sql",
                "db-migrations/1.sql",
            ],
            &[
                "src/lib.rs",
                "docs/migrations.md",
                "docs/migrations/v2-to-v3.md",
                "src/migrate.rs",
                "src/migrations/mod_notes.txt",
                "tests/migrations/test_0001.py",
                "shop/migrations/test_0001.py",
                "shop/migrations/__init__.py",
                "src/migrations/users.test.ts",
                "tests/fixtures/schema/a.sql",
                "schema.graphql",
                "schema/user.json",
                "src/schema.rs",
                "queries/users.sql",
                "CHANGELOG.md",
                "src/migration.rs",
                "sql/views__old.sql",
                "db/seeds.rb",
                "codemods/migrations/v5-to-v6.js",
                "src/mongoose/query.sql.ts",
                "emigrations/1.sql",
                "schema.prisma.md",
            ],
        );
    }

    #[test]
    fn production_config() {
        check(
            Kind::ProductionConfig,
            &[
                ".env.production",
                ".env.prod",
                "web/.env.production.local",
                "deploy/prod.env",
                "deploy/api-prod.env",
                "config/environments/production.rb",
                "config/production.json",
                "config/prod.exs",
                "config/runtime.exs",
                "config/production/db.yml",
                "config/credentials/production.yml.enc",
                "app/settings/production.py",
                "src/main/resources/application-prod.yml",
                "src/main/resources/application-production.properties",
                "appsettings.Production.json",
                "docker-compose.prod.yml",
                "values-prod.yaml",
                "values.prod.yaml",
                "deploy/prod.yaml",
                "prod.tfvars",
                "env-production.auto.tfvars",
                "Dockerfile.prod",
                "src/environments/environment.prod.ts",
                "k8s/overlays/prod/deployment.yaml",
                "k8s/prod-eu/deployment.yaml",
                "charts/api/envs/production/values.yaml",
                "terraform/production/main.tf",
                "infra/live/prod/eu/main.tf",
                "environments/production/main.tf",
                "deploy/prod/run.sh",
                "ansible/group_vars/production/vars.yml",
                "inventories/production",
                "fly.toml",
                "apps/edge/wrangler.toml",
                "wrangler.jsonc",
                "Procfile",
                "vercel.json",
                "netlify.toml",
                "app.yaml",
                "config/env/production.js",
                "settings_prod.py",
                "shop/settings_production.py",
                "prod.auto.tfvars",
                "eu.prod.auto.tfvars",
                "src/main/resources/application-prd.yml",
                "Web.Release.config",
                "src/web.release.config",
            ],
            &[
                ".env",
                ".env.example",
                ".env.production.example",
                ".env.development",
                ".env.test",
                "config/environments/test.rb",
                "config/environments/development.rb",
                "config/development.json",
                "tests/fixtures/.env.production",
                "src/production.rs",
                "src/production/mod.rs",
                "src/products.yml",
                "data/product.json",
                "docs/production.md",
                "reproduction.yaml",
                "src/nonprod.yaml",
                "k8s/staging/deployment.yaml",
                "k8s/base/deployment.yaml",
                "k8s/products/deployment.yaml",
                "terraform/modules/vpc/main.tf",
                "Dockerfile",
                "docker-compose.yml",
                "webpack.prod.js",
                "values.yaml",
                "tsconfig.prod.json",
                "locales/production.json",
                "i18n/en/production.json",
                "Procfile.dev",
                "web.config",
                "src/app.yaml",
                "examples/fly.toml",
                "src/settings_product.py",
                "application-dev.yml",
            ],
        );
    }

    #[test]
    fn automation() {
        check(
            Kind::Automation,
            &[
                ".github/workflows/ci.yml",
                ".GitHub/Workflows/ci.yml",
                ".github/actions/setup/action.yml",
                ".github/dependabot.yml",
                "action.yml",
                ".gitlab-ci.yml",
                "ci/deploy.gitlab-ci.yml",
                ".gitlab/ci/build.yml",
                ".circleci/config.yml",
                "Jenkinsfile",
                "ci/Jenkinsfile.release",
                "azure-pipelines.yml",
                ".buildkite/pipeline.yml",
                ".travis.yml",
                ".woodpecker.yml",
                ".woodpecker/build.yaml",
                ".gitea/workflows/ci.yaml",
                ".forgejo/workflows/ci.yaml",
                "bitbucket-pipelines.yml",
                ".drone.yml",
                "appveyor.yml",
                ".appveyor.yml",
                ".ci/run",
                "renovate.json",
                ".renovaterc",
                ".husky/pre-push",
                ".githooks/pre-commit",
                "lefthook.yml",
                ".lefthook.toml",
                "lefthook-local.yml",
                ".config/lefthook.yml",
                ".pre-commit-config.yaml",
                "prek.toml",
                ".gitattributes",
                "vendor/.gitattributes",
                ".gitmodules",
                ".claude/settings.json",
                ".CLAUDE/settings.json",
                "web/.claude/hooks/x.sh",
                ".codex/config.toml",
                ".cursor/rules/a.mdc",
                ".gemini/settings.json",
                ".opencode/plugin/x.ts",
                "opencode.json",
                ".cursorrules",
                ".mcp.json",
                ".vscode/tasks.json",
                ".devcontainer/devcontainer.json",
                ".github/hooks/x.json",
                ".github/copilot/settings.json",
                ".github/copilot-instructions.md",
                "AGENTS.md",
                "agents.md",
                "crates/core/AGENTS.md",
                "CLAUDE.md",
                "GEMINI.md",
                ".ci-guard.json",
                "CODEOWNERS",
                ".github/CODEOWNERS",
                ".gitlab/CODEOWNERS",
                "docs/CODEOWNERS",
                ".vscode/settings.json",
                "web/.vscode/settings.json",
                "AGENT.md",
                "web/AGENT.md",
                ".rules",
                ".trae/rules/project_rules.md",
                ".coderabbit.yaml",
                "mcp.json",
                ".taskcluster.yml",
                "zuul.d/jobs.yaml",
                ".zuul.yaml",
                ".prow.yaml",
                ".bazelci/presubmit.yml",
                "codefresh.yml",
                "wercker.yml",
                ".goreleaser.yml",
                "goreleaser.yaml",
                ".releaserc",
                ".releaserc.json",
                "jenkins/Jenkinsfile.groovy",
            ],
            &[
                "src/lib.rs",
                ".github/ISSUE_TEMPLATE/bug.md",
                ".github/FUNDING.yml",
                ".gitlab/issue_templates/bug.md",
                "docs/workflows/ci.yml",
                "templates/.github/workflows/ci.yml",
                "src/actions/mod.rs",
                "docs/agents.md",
                "docs/claude.md",
                "src/claude/mod.rs",
                "src/hooks/use_x.ts",
                "hooks/pre-push",
                "jenkinsfile_parser.rs",
                "src/renovate.rs",
                "renovate.md",
                ".vscode/launch.json",
                "src/settings.json",
                "src/mcp.json",
                "docs/agent.md",
                "src/x.rules",
                "templates/Jenkinsfile.md",
                "docs/codefresh.yml",
                ".gitignore",
                "src/codeowners.rs",
                "src/CODEOWNERS",
                "Makefile",
                "policy.example.json",
            ],
        );
    }

    #[test]
    fn bytes_that_are_no_text_match_like_others() {
        assert!(which(Kind::Automation, b".github/workflows/\xff.yml".into()).is_some());
        assert!(which(Kind::Migrations, b"db/migrate/\xff.rb".into()).is_some());
        assert!(which(Kind::ProductionConfig, b"\xff/.env.production".into()).is_some());
    }
}
