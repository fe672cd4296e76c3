package dev.ngbak.engine;

import dev.ngbak.archive.Compression;
import dev.ngbak.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the engine itself is set to.
 *
 * @param folder as an absolute path
 * @param retention how many archives to keep, or 0 for all
 * @param configFile a copy of it goes into each archive; {@code null} for none
 */
record EngineSettings(
        Path folder,
        long retention,
        Compression compression,
        int retries,
        boolean requireQuiescent,
        String pauseHook,
        String resumeHook,
        Duration hookTimeout,
        String nanoGraphragVersion,
        Path configFile) {

    static EngineSettings from(Settings settings) {
        return new EngineSettings(
                absolute(settings.path("BACKUP_DIR", "./backups")),
                settings.text("BACKUP_RETENTION", null) == null
                        ? 0
                        : settings.number("BACKUP_RETENTION", 1, 1, Long.MAX_VALUE),
                settings.choice("BACKUP_COMPRESSION", Compression.GZIP),
                (int) settings.number("BACKUP_RETRIES", 2, 0, 100),
                settings.flag("BACKUP_REQUIRE_QUIESCENT", false),
                settings.text("BACKUP_PAUSE_HOOK", null),
                settings.text("BACKUP_RESUME_HOOK", null),
                settings.duration("BACKUP_HOOK_TIMEOUT", Duration.ofSeconds(60)),
                settings.text("NANO_GRAPHRAG_VERSION", "unknown"),
                settings.text("GRAPHRAG_CONFIG_FILE", null) == null ? null : settings.path("GRAPHRAG_CONFIG_FILE", ""));
    }

    /** Messages name the folder, and a person must find it from anywhere. */
    private static Path absolute(Path folder) {
        Path whole = folder.toAbsolutePath();
        boolean climbs = false;
        for (Path name : folder) {
            // Behind a link, ".." leads elsewhere than the names before it say.
            climbs |= name.toString().equals("..");
        }
        return climbs ? whole : whole.normalize();
    }
}
