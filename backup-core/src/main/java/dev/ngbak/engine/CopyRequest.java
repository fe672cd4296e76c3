package dev.ngbak.engine;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.Settings;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What {@link BackupManager#copy(CopyRequest)} needs to know. Immutable: one request serves any number of copies.
 *
 * <pre>{@code
 * CopyRequest.builder("latest", "s3://vault/ngbak").build()
 * }</pre>
 */
public final class CopyRequest {

    private final Function<BackupManager, ReadableArchive> archive;
    private final String target;
    private final @Nullable Settings targetSettings;
    private final @Nullable JobListener listener;

    private CopyRequest(Builder builder) {
        this.archive = builder.archive;
        this.target = builder.target;
        this.targetSettings = builder.targetSettings;
        this.listener = builder.listener;
    }

    /**
     * Returns a builder for a copy.
     *
     * @param fileOrId the archive, named as for {@link BackupManager#archive(String)}
     * @param target the other repository: a folder that exists, or an address such as {@code s3://bucket/prefix}
     */
    public static Builder builder(String fileOrId, String target) {
        Objects.requireNonNull(fileOrId, "fileOrId");
        return new Builder(manager -> manager.archive(fileOrId), target);
    }

    /** Returns a builder for a copy of any archive that can be read. */
    public static Builder builder(ReadableArchive archive, String target) {
        Objects.requireNonNull(archive, "archive");
        return new Builder(manager -> archive, target);
    }

    ReadableArchive archive(BackupManager manager) {
        return archive.apply(manager);
    }

    String target() {
        return target;
    }

    /** Returns the settings of the other repository, or {@code null} for those of the manager. */
    @Nullable
    Settings targetSettings() {
        return targetSettings;
    }

    Job newJob() {
        return listener == null ? new Job() : Job.heardBy(listener);
    }

    /** Builds a request. */
    public static final class Builder {

        private final Function<BackupManager, ReadableArchive> archive;
        private final String target;
        private @Nullable Settings targetSettings;
        private @Nullable JobListener listener;

        private Builder(Function<BackupManager, ReadableArchive> archive, String target) {
            this.archive = archive;
            this.target = Objects.requireNonNull(target, "target");
        }

        /**
         * Sets how to reach the other repository, such as its endpoint and its credentials. By default the settings of the
         * manager. Nothing is taken from those if this is set.
         */
        public Builder targetSettings(Settings settings) {
            this.targetSettings = Objects.requireNonNull(settings, "settings");
            return this;
        }

        /** Sets who hears of phases, progress and lines of the log. */
        public Builder listener(JobListener newListener) {
            this.listener = Objects.requireNonNull(newListener, "listener");
            return this;
        }

        public CopyRequest build() {
            return new CopyRequest(this);
        }
    }
}
