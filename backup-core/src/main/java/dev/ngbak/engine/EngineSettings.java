package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.Compression;
import dev.ngbak.repository.KeepPolicy;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Secret;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The settings of the engine.
 *
 * @param keep which archives retention keeps
 * @param check what a backup does about broken references
 * @param protection how new archives are encrypted and signed
 * @param retries the number of times that a backup is repeated when a store changed meanwhile
 * @param pauseHook a URL or a command, or {@code null}
 * @param resumeHook a URL or a command, or {@code null}
 * @param notifyUrl a URL that receives messages, or {@code null}
 * @param pingUrl a URL that is called when backups begin and end, or {@code null}
 * @param configFile a file to copy into each archive, or {@code null}
 */
record EngineSettings(
        KeepPolicy keep,
        Compression compression,
        CheckMode check,
        ArchiveProtection protection,
        int retries,
        boolean requireQuiescent,
        String pauseHook,
        String resumeHook,
        Duration hookTimeout,
        String notifyUrl,
        String pingUrl,
        String systemVersion,
        Path configFile) {

    private static final SettingSpec RETENTION = SettingSpec.plain(
            "BACKUP_RETENTION",
            null,
            "The number of archives to keep, of each system and workspace. After each successful backup the oldest are deleted."
                    + " Safety archives (`pre-restore_…`) are counted separately; the newest three are kept. [Some archives"
                    + " always stay](OPERATING.md#which-archives-stay).");

    private static final SettingSpec KEEP = SettingSpec.plain(
            "BACKUP_KEEP",
            null,
            "Which archives to keep by age, of each system and workspace: `last=7,daily=14,weekly=8,monthly=12,yearly=3` keeps"
                    + " the newest seven, and the newest one of each of the latest 14 days, 8 weeks, 12 months and 3 years that"
                    + " have one, in UTC. All rules are optional. With `BACKUP_RETENTION` too, an archive stays if either keeps"
                    + " it. [What always stays](OPERATING.md#which-archives-stay) stays here too. `ngbak prune --dry-run`"
                    + " shows the effect.");

    private static final SettingSpec COMPRESSION = SettingSpec.plain(
            "BACKUP_COMPRESSION",
            "gzip",
            "`gzip`, `zstd` or `none`. [BENCHMARKS.md](BENCHMARKS.md) shows what each costs.");

    private static final SettingSpec CHECK = SettingSpec.plain(
            "BACKUP_CHECK",
            "warn",
            "What a backup does about [broken references](CHECK.md#during-a-backup) between the stores: `off` does not look"
                    + " for them, `warn` warns of them, `fail` fails (exit 3) if data was lost or mixed up, and leaves no"
                    + " archive.");

    private static final SettingSpec RETRIES = SettingSpec.plain(
            "BACKUP_RETRIES", "2", "How often a backup is repeated when a store changed meanwhile, from 0 to 100.");

    private static final SettingSpec REQUIRE_QUIESCENT = SettingSpec.plain(
            "BACKUP_REQUIRE_QUIESCENT",
            "false",
            "`true`: if a store still changed, or cannot report changes, the backup fails (exit 9) instead of being marked"
                    + " `fuzzy`.");

    private static final SettingSpec PAUSE_HOOK = SettingSpec.sensitive(
            "BACKUP_PAUSE_HOOK",
            "Holds the writers before a backup or restore: a URL, which receives a POST of JSON with `event` and `job_id`, or"
                    + " a command for `sh -c`, which receives them as environment variables.");

    private static final SettingSpec RESUME_HOOK = SettingSpec.sensitive(
            "BACKUP_RESUME_HOOK",
            "Releases the writers, even after a failure. Called with `event=restored` after a restore. After exit 13"
                    + " the writers stay held until the restore is settled.");

    private static final SettingSpec HOOK_TIMEOUT =
            SettingSpec.plain("BACKUP_HOOK_TIMEOUT", "60s", "How long a hook may take: `500ms`, `60s`, `5m`, `1h`.");

    private static final SettingSpec NOTIFY_URL = SettingSpec.secret(
            "BACKUP_NOTIFY_URL",
            "A URL that receives a POST of JSON when a backup or a restore ends, when the data has shrunk, when an archive fails"
                    + " its verification, and when an interrupted restore is settled. See"
                    + " [MONITORING.md](MONITORING.md#messages).");

    private static final SettingSpec PING_URL = SettingSpec.secret(
            "BACKUP_PING_URL",
            "The URL of a check at a service such as Healthchecks, which alerts if no backup succeeds in time. ngbak posts to"
                    + " `URL/start` when a backup begins, to `URL` when it succeeded, and to `URL/fail` when it did not.");

    static final SettingSpec VERSION =
            SettingSpec.plain("NANO_GRAPHRAG_VERSION", "unknown", "The version to record in archives.");

    private static final SettingSpec CONFIG_FILE = SettingSpec.path(
            "GRAPHRAG_CONFIG_FILE",
            null,
            "A JSON file of at most 1 MiB. A copy goes into each archive, with every password, key and token in it replaced by"
                    + " `***`.");

    /** All settings of the engine except those of repositories and stores. */
    static final List<SettingSpec> ALL = List.of(
            RETENTION,
            KEEP,
            COMPRESSION,
            CHECK,
            RETRIES,
            REQUIRE_QUIESCENT,
            PAUSE_HOOK,
            RESUME_HOOK,
            HOOK_TIMEOUT,
            NOTIFY_URL,
            PING_URL,
            VERSION,
            CONFIG_FILE);

    private static final int MAX_RETRIES = 100;

    static EngineSettings from(Settings settings) {
        return new EngineSettings(
                keep(settings),
                settings.choice(COMPRESSION.name(), Compression.GZIP),
                settings.choice(CHECK.name(), CheckMode.WARN),
                ArchiveProtection.of(settings),
                (int) settings.number(RETRIES.name(), Long.parseLong(RETRIES.defaultValue()), 0, MAX_RETRIES),
                settings.flag(REQUIRE_QUIESCENT.name(), Boolean.parseBoolean(REQUIRE_QUIESCENT.defaultValue())),
                PAUSE_HOOK.text(settings).orElse(null),
                RESUME_HOOK.text(settings).orElse(null),
                settings.duration(HOOK_TIMEOUT.name(), Duration.ofSeconds(60)),
                url(NOTIFY_URL, settings),
                url(PING_URL, settings),
                VERSION.required(settings),
                CONFIG_FILE.text(settings).isEmpty() ? null : settings.path(CONFIG_FILE.name(), ""));
    }

    private static String url(SettingSpec setting, Settings settings) {
        Secret secret = settings.secret(setting.name());
        String url = secret == null ? null : secret.reveal();
        if (url != null && !HttpPost.isUrl(url)) {
            throw new BackupException(
                    BackupException.Kind.INVALID,
                    setting.name() + " is not a URL",
                    "Set it to an address that begins with https:// or http://, or remove it");
        }
        return url;
    }

    private static KeepPolicy keep(Settings settings) {
        KeepPolicy newest = KeepPolicy.last(
                RETENTION.text(settings).isEmpty() ? 0 : settings.number(RETENTION.name(), 1, 1, Long.MAX_VALUE));
        String rules = KEEP.text(settings).orElse("");
        return rules.isEmpty()
                ? newest
                : KeepPolicy.parse(rules)
                        .orElseThrow(() -> Settings.unusable(KEEP.name(), rules, KeepPolicy.ALLOWED))
                        .or(newest);
    }
}
