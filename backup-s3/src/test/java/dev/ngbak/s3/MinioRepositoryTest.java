package dev.ngbak.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Runs the contract against MinIO, if {@code MINIO_BIN} names it. */
class MinioRepositoryTest extends S3RepositoryTest {

    @TempDir
    static Path objects;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.minio(objects);
    }
}
