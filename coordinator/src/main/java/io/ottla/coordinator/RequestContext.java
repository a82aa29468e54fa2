package io.ottla.coordinator;

/**
 * What a request says besides its body.
 *
 * @param apiVersion the version the request came in, and the response leaves in
 * @param clientId the client's name for itself, empty if it gave none
 * @param clientHost the client's address as Kafka writes it into member metadata: {@code
 *     /127.0.0.1}
 */
public record RequestContext(short apiVersion, String clientId, String clientHost) {

  public RequestContext {
    clientId = clientId == null ? "" : clientId;
  }
}
