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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.core.ResponseBytes;
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
        /** An object stays when an upload to the same name is aborted. */
        ABORT,
        /** Parts of different sizes, sent in any order, are joined by their numbers, which may have gaps. */
        PARTS,
        /** The service locks an object until a date. Tested only if the settings ask for it. */
        OBJECT_LOCK,
        /** An object that is written without a lock has none: the bucket has no default retention. */
        NO_DEFAULT_LOCK
    }

    private static final String WRONG_ETAG = "\"0123456789abcdef0123456789abcdef\"";

    private final S3Connection connection;
    private final S3Location root;
    private final Path outcome;

    ServiceProbe(S3Connection connection, S3Location root, StateDirectory state) {
        this.connection = connection;
        this.root = root;
        this.outcome = state.resolve("s3-service");
    }

    /**
     * Returns what the service honours, as a process before this one found out, or else by trying. Remembers it. Tries again if
     * object lock was missing, because it can be enabled later.
     */
    Set<Function> known() throws IOException {
        Optional<Set<Function>> before = remembered();
        if (before.isPresent() && (!needsObjectLock() || before.get().contains(Function.OBJECT_LOCK))) {
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

    private boolean needsObjectLock() {
        return connection.settings().objectLock().isPresent();
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
        ProbeObject object = new ProbeObject(connection, root, s3);
        Set<Function> functions = EnumSet.noneOf(Function.class);
        object.put(r -> {});
        try {
            if (isRefused(() -> object.put(r -> r.ifNoneMatch("*")))) {
                functions.add(Function.CREATE);
            }
            if (isRefused(() -> object.put(r -> r.ifMatch(WRONG_ETAG)))) {
                functions.add(Function.REPLACE);
            }
            String range = object.get(r -> r.range("bytes=1-2")).response().contentRange();
            if (("bytes 1-2/" + ProbeObject.CONTENT.length()).equals(range)
                    && isRefused(() -> object.get(r -> r.ifMatch(WRONG_ETAG)))) {
                functions.add(Function.READ);
            }
            if (isCompletionRefused(object)) {
                functions.add(Function.COMPLETE);
            }
            object.abort(object.createUpload(r -> {}));
            if (object.exists()) {
                functions.add(Function.ABORT);
            }
            functions.addAll(new ObjectLockProbe(object).probe(s3));
            if (connection.settings().streaming() && isJoinedByNumber(object)) {
                functions.add(Function.PARTS);
            }
        } finally {
            object.delete();
        }
        return functions;
    }

    private static boolean isCompletionRefused(ProbeObject object) {
        String upload = object.createUpload(r -> {});
        try {
            CompletedPart part = object.part(upload, 1, 1);
            return isRefused(() -> object.complete(upload, List.of(part), r -> r.ifNoneMatch("*")));
        } finally {
            object.abort(upload);
        }
    }

    /** Sends parts as a backup does: in any order, of different sizes, with gaps in their numbers. */
    private static boolean isJoinedByNumber(ProbeObject object) {
        int border = PartNumbers.MIN_PART_BYTES;
        String upload = object.createUpload(r -> {});
        try {
            CompletedPart last = object.part(upload, 100, 1);
            CompletedPart first = object.part(upload, 3, border);
            CompletedPart middle = object.part(upload, 17, border + 1);
            object.complete(upload, List.of(first, middle, last), r -> {});
            ResponseBytes<GetObjectResponse> joined = object.get(r -> r.range("bytes=" + (border - 1) + "-" + border));
            return Arrays.equals(joined.asByteArray(), new byte[] {3, 17})
                    && joined.response().contentRange().endsWith("/" + (2 * border + 2));
        } catch (S3Exception e) {
            object.abort(upload);
            // Refused, or completed without some of the parts.
            if (e.statusCode() == 501 || e.statusCode() == 400 || e.statusCode() == 416) {
                return false;
            }
            throw e;
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
        if (needsObjectLock() && !functions.contains(Function.OBJECT_LOCK)) {
            throw ObjectLockProbe.missing(root.bucket(), connection.settings());
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
        if (!functions.contains(Function.NO_DEFAULT_LOCK)) {
            weaknesses.add(ObjectLockProbe.defaultLock(root.bucket()));
        }
        return weaknesses;
    }
}
