package dev.ngbak.s3;

import org.junit.jupiter.api.BeforeAll;

/** Runs the contract against s3proxy. */
class S3ProxyRepositoryTest extends S3RepositoryTest {

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.s3proxy();
    }
}
