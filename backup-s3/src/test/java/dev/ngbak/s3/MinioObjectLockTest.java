package dev.ngbak.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Locks archives at MinIO, if {@code MINIO_BIN} names it. */
class MinioObjectLockTest extends ObjectLockTest {

    @TempDir
    static Path objects;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.minio(objects);
    }
}
