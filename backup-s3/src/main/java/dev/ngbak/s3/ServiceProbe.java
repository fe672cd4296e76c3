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
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
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
        /** Parts of different sizes, sent in any order, are joined by their numbers, which may have gaps. */
        PARTS
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
        return root + " at " + connection.settings().service()
                + (connection.settings().streaming() ? ", streaming" : "");
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
            if (isCompletionRefused(s3)) {
                functions.add(Function.COMPLETE);
            }
            String range = s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).range("bytes=1-2"))
                    .response()
                    .contentRange();
            if ("bytes 1-2/5".equals(range)
                    && isRefused(() ->
                            s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).ifMatch(WRONG_ETAG)))) {
                functions.add(Function.READ);
            }
            if (connection.settings().streaming() && isJoinedByNumber(s3)) {
                functions.add(Function.PARTS);
            }
        } finally {
            deleteProbe(s3);
        }
        return functions;
    }

    private boolean isCompletionRefused(S3Client s3) {
        String bucket = object.bucket();
        String key = object.path();
        String upload = s3.createMultipartUpload(r -> r.bucket(bucket).key(key)).uploadId();
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

    /** Sends parts as a backup does: in any order, of different sizes, with gaps in their numbers. */
    private boolean isJoinedByNumber(S3Client s3) {
        String bucket = object.bucket();
        String key = object.path();
        int border = PartNumbers.MIN_PART_BYTES;
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        sizes.put(100, 1);
        sizes.put(3, border);
        sizes.put(17, border + 1);
        String upload = s3.createMultipartUpload(r -> r.bucket(bucket).key(key)).uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            sizes.forEach((number, size) -> {
                byte[] content = new byte[size];
                Arrays.fill(content, number.byteValue());
                String etag = s3.uploadPart(
                                r -> r.bucket(bucket).key(key).uploadId(upload).partNumber(number),
                                RequestBody.fromBytes(content))
                        .eTag();
                parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
            });
            parts.sort(Comparator.comparing(CompletedPart::partNumber));
            s3.completeMultipartUpload(
                    r -> r.bucket(bucket).key(key).uploadId(upload).multipartUpload(all -> all.parts(parts)));
            ResponseBytes<GetObjectResponse> joined =
                    s3.getObjectAsBytes(r -> r.bucket(bucket).key(key).range("bytes=" + (border - 1) + "-" + border));
            return Arrays.equals(joined.asByteArray(), new byte[] {3, 17})
                    && joined.response().contentRange().endsWith("/" + (2 * border + 2));
        } catch (S3Exception e) {
            abort(s3, upload);
            // Refused, or completed without some of the parts.
            if (e.statusCode() == 501 || e.statusCode() == 400 || e.statusCode() == 416) {
                return false;
            }
            throw e;
        }
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
        String service = "The service (" + connection.settings().service() + ") ";
        List<String> weaknesses = new ArrayList<>();
        if (!functions.contains(Function.COMPLETE)) {
            weaknesses.add(service
                    + "ignores the condition of the last step of an upload. Only the lock keeps two backups with the same id from"
                    + " replacing each other.");
        }
        if (connection.settings().streaming() && !functions.contains(Function.PARTS)) {
            weaknesses.add(service
                    + "does not join parts of different sizes, so a backup is not sent while the stores are read: the disk of"
                    + " BACKUP_DIR needs room for it. Set BACKUP_S3_STAGING=disk to silence this warning.");
        }
        return weaknesses;
    }
}
