package dev.ngbak.s3;

import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.Sidecars;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The sidecars of a bucket: one object each, below the part of the prefix for objects that are not archives. */
final class S3Sidecars implements Sidecars {

    private final S3Location root;
    private final S3Connection connection;
    private final Runnable requireLease;

    /** @param requireLease throws if this process has lost the lock of the repository */
    S3Sidecars(S3Location repository, S3Connection connection, Runnable requireLease) {
        this.root = repository.resolve(S3Repository.CONTROL + "/sidecars");
        this.connection = connection;
        this.requireLease = requireLease;
    }

    @Override
    public Map<BackupId, Set<String>> all() {
        return list(root);
    }

    private Map<BackupId, Set<String>> list(S3Location place) {
        Map<BackupId, Set<String>> all = new HashMap<>();
        for (S3Object object :
                connection.call(
                        "list the files of the archives in " + root,
                        s3 -> s3
                                .listObjectsV2Paginator(
                                        r -> r.bucket(place.bucket()).prefix(place.path() + "/"))
                                .contents()
                                .stream()
                                .toList())) {
            String[] parts = object.key().substring(root.path().length() + 1).split("/", -1);
            if (parts.length == 2
                    && BackupId.isValid(parts[0])
                    && NAME.matcher(parts[1]).matches()) {
                all.computeIfAbsent(new BackupId(parts[0]), any -> new HashSet<>())
                        .add(parts[1]);
            }
        }
        return all;
    }

    @Override
    public byte[] read(BackupId id, String name) {
        S3Location object = object(id, name);
        byte[] content = connection.call("read the file " + name + " of the archive " + id, s3 -> {
            try {
                return s3.getObjectAsBytes(r ->
                                r.bucket(object.bucket()).key(object.path()).range("bytes=0-" + MAX_BYTES))
                        .asByteArrayUnsafe();
            } catch (NoSuchKeyException e) {
                throw new BackupException(
                        Kind.NOT_FOUND, "The backup " + id + " has no file " + name, "Check the name", e);
            }
        });
        if (content.length > MAX_BYTES) {
            throw new BackupException(
                    Kind.CORRUPT, "The file " + name + " of the backup " + id + " is too large", "Delete it");
        }
        return content;
    }

    @Override
    public void write(BackupId id, String name, byte[] content) {
        requireLease.run();
        S3Location object = object(id, name);
        connection.call(
                "write the file " + name + " of the archive " + id,
                s3 -> s3.putObject(r -> r.bucket(object.bucket()).key(object.path()), RequestBody.fromBytes(content)));
    }

    @Override
    public void delete(BackupId id, String name) {
        requireLease.run();
        S3Location object = object(id, name);
        connection.call(
                "delete the file " + name + " of the archive " + id,
                s3 -> s3.deleteObject(r -> r.bucket(object.bucket()).key(object.path())));
    }

    @Override
    public void deleteAll(BackupId id) {
        list(root.resolve(id.text())).getOrDefault(id, Set.of()).forEach(name -> delete(id, name));
    }

    private S3Location object(BackupId id, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a sidecar: " + name);
        }
        return root.resolve(id + "/" + name);
    }
}
