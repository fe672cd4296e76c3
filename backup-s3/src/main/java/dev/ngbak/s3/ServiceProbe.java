package dev.ngbak.s3;

import dev.ngbak.archive.PrivateFiles;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Finds out which conditions a service honours, with requests that it must refuse. Some services ignore a condition that they do
 * not know, so the absence of an error says nothing. The outcome is kept in the state directory.
 */
final class ServiceProbe {

    /** A function that ngbak relies on. */
    enum Function {
        /** An object is created only if its name is free. */
        CREATE,
        /** An object is replaced only if it is still the same. */
        REPLACE,
        /** An upload is completed only if the name of its object is free. */
        COMPLETE,
        /** A part of an object can be read, and only of the same version. */
        READ,
        /** An object stays when an upload to the same name is aborted. */
        ABORT
    }

    private static final String WRONG_ETAG = "\"0123456789abcdef0123456789abcdef\"";

    private final S3Connection connection;
    private final S3Location root;
    private final S3Location object;
    private final Path outcome;

    ServiceProbe(S3Connection connection, S3Location root, StateDirectory state) {
        this.connection = connection;
        this.root = root;
        this.object = root.resolve(S3Repository.CONTROL + "/probe-" + UUID.randomUUID());
        this.outcome = state.resolve("s3-service");
    }

    /** Returns what the service honours, as a process before this one found out, or else by trying. Remembers it. */
    Set<Function> known() throws IOException {
        Optional<Set<Function>> before = remembered();
        if (before.isPresent()) {
            return before.get();
        }
        Set<Function> found = probe();
        remember(found);
        return found;
    }

    /** Remembers an outcome for {@link #known}. */
    void remember(Set<Function> found) throws IOException {
        List<String> lines = new ArrayList<>(List.of(subject()));
        found.forEach(function -> lines.add(function.name()));
        PrivateFiles.write(outcome, String.join("\n", lines));
    }

    private Optional<Set<Function>> remembered() throws IOException {
        try {
            List<String> lines = Files.readAllLines(outcome);
            if (lines.isEmpty() || !lines.get(0).equals(subject())) {
                return Optional.empty();
            }
            Set<Function> functions = EnumSet.noneOf(Function.class);
            lines.stream().skip(1).map(Function::valueOf).forEach(functions::add);
            return Optional.of(functions);
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private String subject() {
        return root + " at " + connection.settings().service();
    }

    /** Tries all functions with an object of its own, which it deletes. */
    Set<Function> probe() {
        return connection.call("test what the service supports", this::probe);
    }

    private Set<Function> probe(S3Client s3) {
        String bucket = object.bucket();
        String key = object.path();
        Set<Function> functions = EnumSet.noneOf(Function.class);
        RequestBody content = RequestBody.fromString("ngbak");
        s3.putObject(r -> r.bucket(bucket).key(key), content);
        try {
            if (isRefused(() -> s3.putObject(r -> r.bucket(bucket).key(key).ifNoneMatch("*"), content))) {
                functions.add(Function.CREATE);
            }
            if (isRefused(() -> s3.putObject(r -> r.bucket(bucket).key(key).ifMatch(WRONG_ETAG), content))) {
                functions.add(Function.REPLACE);
            }
            String range = s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).range("bytes=1-2"))
                    .response()
                    .contentRange();
            if ("bytes 1-2/5".equals(range)
                    && isRefused(() ->
                            s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).ifMatch(WRONG_ETAG)))) {
                functions.add(Function.READ);
            }
            if (isCompletionRefused(s3)) {
                functions.add(Function.COMPLETE);
            }
            abort(s3, createUpload(s3));
            if (connection.head("read " + object, object).isPresent()) {
                functions.add(Function.ABORT);
            }
        } finally {
            deleteProbe(s3);
        }
        return functions;
    }

    private boolean isCompletionRefused(S3Client s3) {
        String bucket = object.bucket();
        String key = object.path();
        String upload = createUpload(s3);
        try {
            String etag = s3.uploadPart(
                            r -> r.bucket(bucket).key(key).uploadId(upload).partNumber(1),
                            RequestBody.fromString("ngbak"))
                    .eTag();
            return isRefused(() -> s3.completeMultipartUpload(r -> r.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .ifNoneMatch("*")
                    .multipartUpload(all -> all.parts(
                            CompletedPart.builder().partNumber(1).eTag(etag).build()))));
        } finally {
            abort(s3, upload);
        }
    }

    private String createUpload(S3Client s3) {
        return s3.createMultipartUpload(r -> r.bucket(object.bucket()).key(object.path()))
                .uploadId();
    }

    private void abort(S3Client s3, String upload) {
        try {
            s3.abortMultipartUpload(
                    r -> r.bucket(object.bucket()).key(object.path()).uploadId(upload));
        } catch (SdkException e) {
            return; // It is gone, because the service has completed it in spite of the condition.
        }
    }

    /** Returns whether the service refuses a request because of its condition. */
    private static boolean isRefused(Runnable request) {
        try {
            request.run();
            return false;
        } catch (S3Exception e) {
            if (e.statusCode() == 412 || e.statusCode() == 409) {
                return true;
            }
            // A service that does not know the condition, or answers as if it were a request for reading.
            if (e.statusCode() == 501 || e.statusCode() == 400 || e.statusCode() == 304) {
                return false;
            }
            throw e;
        }
    }

    private void deleteProbe(S3Client s3) {
        try {
            s3.deleteObject(r -> r.bucket(object.bucket()).key(object.path()));
        } catch (SdkException e) {
            throw connection.explain("delete " + object, e);
        }
    }

    /** @throws BackupException {@code INCOMPATIBLE} if writing would not be safe */
    void requireUsable(Set<Function> functions) {
        if (!functions.containsAll(Set.of(Function.CREATE, Function.REPLACE))) {
            throw unusable(
                    "ignores the conditions If-None-Match and If-Match of writes, so two jobs on different machines"
                            + " could not be kept apart");
        }
        if (!functions.contains(Function.READ)) {
            throw unusable(
                    "does not return a part of a certain version of an object, so archives could not be read reliably");
        }
        if (!functions.contains(Function.ABORT)) {
            throw unusable(
                    "deletes an object when an upload to the same name is aborted, so a backup that fails could delete an"
                            + " archive");
        }
    }

    private BackupException unusable(String why) {
        return new BackupException(
                Kind.INCOMPATIBLE,
                "The service (" + connection.settings().service() + ") " + why,
                "Use a service that docs/OBJECT-STORAGE.md names, or store archives in a folder. If the service has changed,"
                        + " run ngbak doctor, which tests it again");
    }

    /** Returns what is weaker at this service: sentences for users. */
    List<String> weaknesses(Set<Function> functions) {
        return functions.contains(Function.COMPLETE)
                ? List.of()
                : List.of("The service (" + connection.settings().service()
                        + ") ignores the condition of the last step of an upload. Only the lock keeps two backups with the same"
                        + " id from replacing each other.");
    }
}
