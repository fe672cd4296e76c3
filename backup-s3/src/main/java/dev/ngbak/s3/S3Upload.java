package dev.ngbak.s3;

import dev.ngbak.archive.BackupId;
import dev.ngbak.archive.EntryStaging;
import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveUpload;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Effect;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Sends an archive as a multipart upload to its final key. The service makes the object from its parts in one step, and only
 * if the key is free, so the archive is visible as a whole or not at all, and never replaces another one.
 */
final class S3Upload implements ArchiveUpload {

    /** Metadata of the object that names the upload that made it. */
    private static final String UPLOAD_TAG = "ngbak-upload";

    /** How often a part is sent again that arrived with another signature, or whose answer broke. */
    private static final int REPETITIONS = 3;

    private final S3Connection connection;
    private final S3Location target;
    private final OpenUploads openUploads;
    private final Runnable lockCheck;
    private final Path directory;
    private final PartSender sender = new PartSender(this::send);
    private S3Staging staging;
    private final String tag = UUID.randomUUID().toString();
    private OpenUploads.Entry open;
    private String uploadId;
    private boolean committed;

    /**
     * @param streaming whether entries are sent while they are written
     * @param lockCheck throws if this process has lost the lock of the repository
     */
    S3Upload(
            S3Connection connection,
            S3Location target,
            boolean streaming,
            StateDirectory state,
            OpenUploads openUploads,
            Runnable lockCheck)
            throws IOException {
        this.connection = connection;
        this.target = target;
        this.openUploads = openUploads;
        this.lockCheck = lockCheck;
        this.directory = state.newStaging();
        this.staging = new S3Staging(directory, sender, streaming);
    }

    @Override
    public EntryStaging staging() {
        return staging;
    }

    @Override
    public EntryStaging localStaging() {
        staging = new S3Staging(directory, sender, false);
        return staging;
    }

    @Override
    public WritableByteChannel channel(long expectedBytes) {
        return staging.assemble(expectedBytes);
    }

    private synchronized void start() throws IOException {
        if (uploadId != null) {
            return;
        }
        open = openUploads.add(target);
        uploadId = connection
                .call(
                        uploading(),
                        s3 -> s3.createMultipartUpload(r -> {
                            r.bucket(target.bucket()).key(target.path()).metadata(Map.of(UPLOAD_TAG, tag));
                            r.contentType("application/octet-stream");
                            connection
                                    .settings()
                                    .objectLock()
                                    .ifPresent(lock -> r.objectLockMode(lock.mode())
                                            .objectLockRetainUntilDate(lock.until(connection.now())));
                            connection.settings().storageClass().ifPresent(r::storageClass);
                            connection.settings().encryption().ifPresent(r::serverSideEncryption);
                            connection.settings().kmsKey().ifPresent(r::ssekmsKeyId);
                        }))
                .uploadId();
    }

    /** Sends one part. Called by several threads. Returns its name at the service. */
    private String send(int number, PartFile part) throws IOException {
        start();
        String md5 = part.md5();
        return connection.call(uploading(), s3 -> {
            for (int left = REPETITIONS; ; left--) {
                try {
                    String etag = s3.uploadPart(
                                    r -> r.bucket(target.bucket())
                                            .key(target.path())
                                            .uploadId(uploadId)
                                            .partNumber(number)
                                            .contentMD5(md5),
                                    part.file())
                            .eTag();
                    if (etag != null) {
                        return etag;
                    }
                    // The HTTP client takes an answer that breaks in its head for a complete one.
                    if (left == 0) {
                        throw SdkClientException.create("the answer was incomplete");
                    }
                } catch (S3Exception e) {
                    // Without TLS the signature covers the content. The key was right when the upload began.
                    if (left == 0 || !S3Errors.code(e).equals("SignatureDoesNotMatch")) {
                        throw e;
                    }
                }
            }
        });
    }

    @Override
    public ReadableArchive commit(Check check) throws IOException {
        staging.archive().close();
        List<CompletedPart> parts = sendRest();
        lockCheck.run();
        complete(parts);
        HeadObjectResponse made = own().orElseThrow(() -> new BackupException(
                Kind.INTERNAL,
                "The service (" + connection.settings().service() + ") confirmed the archive " + target.name()
                        + ", but does not have it",
                "Please report this, with the name of the service"));
        S3Archive archive = new S3Archive(connection, target, made);
        try {
            connection.settings().objectLock().ifPresent(lock -> lock.requireOn(made, archive));
            check.read(archive);
        } catch (IOException | RuntimeException | Error e) {
            new ArchiveDeletion(connection, target).deleteAfter(e, made);
            throw e;
        }
        committed = true;
        return archive;
    }

    private List<CompletedPart> sendRest() throws IOException {
        try {
            return staging.archive().finish();
        } catch (BackupException e) {
            if (e.kind() == Kind.BUSY && connection.head(uploading(), target).isPresent()) {
                throw exists();
            }
            throw e;
        }
    }

    private void complete(List<CompletedPart> parts) {
        // A service that ignores the condition below must not replace an archive without notice.
        if (connection.head(uploading(), target).isPresent()) {
            throw exists();
        }
        try {
            connection
                    .client()
                    .completeMultipartUpload(r -> r.bucket(target.bucket())
                            .key(target.path())
                            .uploadId(uploadId)
                            .ifNoneMatch("*")
                            .multipartUpload(all -> all.parts(parts)));
        } catch (SdkException e) {
            if (e instanceof AbortedException) {
                throw connection.explain(uploading(), e);
            }
            // The service may have done it although its answer was lost. A repeated request is then refused.
            if (own(e).isEmpty()) {
                throw connection.explain(uploading(), e);
            }
        }
    }

    /** Returns the object if this upload made it. */
    private Optional<HeadObjectResponse> own() {
        Optional<HeadObjectResponse> found = connection.head(uploading(), target);
        if (found.isPresent() && !tag.equals(found.get().metadata().get(UPLOAD_TAG))) {
            throw exists();
        }
        return found;
    }

    private Optional<HeadObjectResponse> own(SdkException failure) {
        try {
            return own();
        } catch (BackupException e) {
            if (e.kind() != Kind.UNREACHABLE) {
                throw e;
            }
            BackupException unknown = connection.explain(uploading(), failure);
            throw new BackupException(
                            unknown.kind(),
                            unknown.problem() + ". The answer to the last request was lost",
                            "Run ngbak list when the service answers again: if the archive is in the list, it is complete."
                                    + " Otherwise repeat the backup",
                            failure)
                    .withEffect(Effect.ARCHIVE_UNKNOWN);
        }
    }

    @Override
    public void close() throws IOException {
        boolean stopped = sender.close();
        try {
            StateDirectory.deleteTree(directory);
        } finally {
            if (open != null) {
                if (uploadId != null && !committed) {
                    openUploads.abort(target, uploadId);
                }
                // A part that arrives after the abort stays. The next job looks for it.
                if (stopped) {
                    openUploads.settle(open);
                }
            }
        }
    }

    private BackupException exists() {
        return S3Repository.exists(BackupId.ofFileName(target.name()));
    }

    private String uploading() {
        return "upload the archive " + target.name();
    }
}
