package dev.ngbak.engine;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link BackupManager#create(BackupRequest)} needs to know. Immutable: one request serves any number of backups.
 *
 * <pre>{@code
 * BackupRequest.builder().note("before re-index").listener(System.out::println).build()
 * }</pre>
 */
public final class BackupRequest {

    private final @Nullable String id;
    private final @Nullable String note;
    private final @Nullable JobListener listener;

    private BackupRequest(Builder builder) {
        this.id = builder.id;
        this.note = builder.note;
        this.listener = builder.listener;
    }

    /** Returns a builder of a request with the default id, without a note and without a listener. */
    public static Builder builder() {
        return new Builder();
    }

    @Nullable
    String id() {
        return id;
    }

    @Nullable
    String note() {
        return note;
    }

    Job newJob() {
        return listener == null ? new Job() : Job.heardBy(listener);
    }

    /** Builds a request. */
    public static final class Builder {

        private @Nullable String id;
        private @Nullable String note;
        private @Nullable JobListener listener;

        private Builder() {}

        /** Sets the id of the archive. The default is {@code snapshot_} and the time. */
        public Builder id(String newId) {
            this.id = Objects.requireNonNull(newId, "id");
            return this;
        }

        /** Sets a text for users, which the archive keeps. */
        public Builder note(String newNote) {
            this.note = Objects.requireNonNull(newNote, "note");
            return this;
        }

        /** Sets who hears of phases, progress and lines of the log. */
        public Builder listener(JobListener newListener) {
            this.listener = Objects.requireNonNull(newListener, "listener");
            return this;
        }

        public BackupRequest build() {
            return new BackupRequest(this);
        }
    }
}
