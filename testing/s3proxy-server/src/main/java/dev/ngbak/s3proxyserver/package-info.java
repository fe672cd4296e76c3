/** An S3 service for tests. */
package dev.ngbak.s3proxyserver;
