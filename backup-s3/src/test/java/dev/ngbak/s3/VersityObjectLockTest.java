package dev.ngbak.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Locks archives at versitygw, if {@code VERSITYGW_BIN} names it. */
class VersityObjectLockTest extends ObjectLockTest {

    @TempDir
    static Path objects;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.versitygwWithVersions(objects);
    }
}
