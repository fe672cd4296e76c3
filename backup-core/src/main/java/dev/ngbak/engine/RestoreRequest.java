package dev.ngbak.engine;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.spi.Role;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What {@link BackupManager#restore(RestoreRequest)} needs to know. Immutable: one request serves a plan and any number of
 * restores. The defaults are the safe ones: all stores in the archive, proved by content digest, with a safety archive.
 *
 * <pre>{@code
 * RestoreRequest.builder("snapshot_2026-11-30T02-00-00Z").confirm(plan -> ask(plan)).build()
 * }</pre>
 */
public final class RestoreRequest {

    private final Function<BackupManager, ReadableArchive> archive;
    private final RestoreOptions options;
    private final Predicate<RestorePlan> confirm;
    private final @Nullable JobListener listener;

    private RestoreRequest(Builder builder) {
        this.archive = builder.archive;
        this.options = new RestoreOptions(
                builder.roles, builder.countsOnly, builder.safetyArchive, builder.comparesContents, builder.target);
        this.confirm = builder.confirm;
        this.listener = builder.listener;
    }

    /** Returns a builder for an archive, named as for {@link BackupManager#archive(String)}. */
    public static Builder builder(String fileOrId) {
        Objects.requireNonNull(fileOrId, "fileOrId");
        return new Builder(manager -> manager.archive(fileOrId));
    }

    /** Returns a builder for any archive that can be read. */
    public static Builder builder(ReadableArchive archive) {
        Objects.requireNonNull(archive, "archive");
        return new Builder(manager -> archive);
    }

    ReadableArchive archive(BackupManager manager) {
        return archive.apply(manager);
    }

    RestoreOptions options() {
        return options;
    }

    Predicate<RestorePlan> confirm() {
        return confirm;
    }

    Job newJob() {
        return listener == null ? new Job() : Job.heardBy(listener);
    }

    /** Builds a request. */
    public static final class Builder {

        private final Function<BackupManager, ReadableArchive> archive;
        private Set<Role> roles = Set.of();
        private boolean countsOnly;
        private boolean safetyArchive = true;
        private boolean comparesContents;
        private RestoreTarget target = RestoreTarget.SAME;
        private Predicate<RestorePlan> confirm = plan -> true;
        private @Nullable JobListener listener;

        private Builder(Function<BackupManager, ReadableArchive> archive) {
            this.archive = archive;
        }

        /** Restores these stores only. The others keep their present data, so the references between them may break. */
        public Builder stores(Role first, Role... more) {
            this.roles = EnumSet.of(first, more);
            return this;
        }

        /** Restores without a safety archive: faster, but a restore that fails cannot be rolled back. */
        public Builder withoutSafetyArchive() {
            this.safetyArchive = false;
            return this;
        }

        /** Proves the restore by counts instead of content digests. */
        public Builder provingCountsOnly() {
            this.countsOnly = true;
            return this;
        }

        /** Makes the plan compare contents, for which it reads all live records, instead of only counts. */
        public Builder comparingContents() {
            this.comparesContents = true;
            return this;
        }

        /** Restores into another workspace or other backends. */
        public Builder target(RestoreTarget newTarget) {
            this.target = Objects.requireNonNull(newTarget, "target");
            return this;
        }

        /**
         * Sets what decides whether the restore goes on. It is called once with the plan, before anything is changed. A plan
         * with problems is refused without asking it.
         */
        public Builder confirm(Predicate<RestorePlan> newConfirm) {
            this.confirm = Objects.requireNonNull(newConfirm, "confirm");
            return this;
        }

        /** Sets who hears of phases, progress and lines of the log. */
        public Builder listener(JobListener newListener) {
            this.listener = Objects.requireNonNull(newListener, "listener");
            return this;
        }

        public RestoreRequest build() {
            return new RestoreRequest(this);
        }
    }
}
