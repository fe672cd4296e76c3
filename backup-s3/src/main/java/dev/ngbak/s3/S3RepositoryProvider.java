package dev.ngbak.s3;

import dev.ngbak.archive.ReadableArchive;
import dev.ngbak.repository.ArchiveRepository;
import dev.ngbak.repository.RepositoryProvider;
import dev.ngbak.repository.StateDirectory;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import java.util.List;

/** Opens repositories in buckets: {@code s3://bucket/prefix}. */
public final class S3RepositoryProvider implements RepositoryProvider {

    @Override
    public String scheme() {
        return S3Location.SCHEME;
    }

    @Override
    public List<SettingSpec> settings() {
        return S3Settings.ALL;
    }

    @Override
    public ArchiveRepository open(String address, Settings settings, StateDirectory state) {
        S3Location root = S3Location.of(address);
        S3Connection connection = new S3Connection(root.bucket(), S3Settings.from(settings));
        return new S3Repository(root, connection, state, state.keys(settings));
    }

    @Override
    public ReadableArchive archiveAt(String location, Settings settings, StateDirectory state) {
        S3Location archive = S3Location.of(location);
        return new S3Archive(new S3Connection(archive.bucket(), S3Settings.from(settings)), archive);
    }
}
