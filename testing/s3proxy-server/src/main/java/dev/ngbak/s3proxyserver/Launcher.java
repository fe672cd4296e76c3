package dev.ngbak.s3proxyserver;

import java.net.URI;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/** Starts s3proxy. Loaded by the class loader that knows it. */
public final class Launcher {

    private Launcher() {}

    /** Returns the port, and what stops the service. */
    public static Object[] start(String accessKey, String secretKey) throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(BlobStores.create("transient-nio2", new Properties()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .ignoreUnknownHeaders(true) // such as the token of a session
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, accessKey, secretKey)
                .build();
        server.start();
        AutoCloseable stop = server::stop;
        return new Object[] {server.getPort(), stop};
    }
}
