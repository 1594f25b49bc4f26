using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;

namespace AzImageTools.Services.Session;

/// <summary>
/// Reads and writes resources by their whole documents, at versions of <see cref="ApiVersions"/>: where nothing may get lost that a model of the
/// SDK (1.2.0) does not have, and for types that it has none for.
/// </summary>
/// <param name="client">The session's client.</param>
internal sealed class ResourceDocuments(ArmClient client) : ArmResource(client, new ResourceIdentifier("/"))
{
    private const int OkStatus = 200;
    private const int CreatedStatus = 201;
    private const int AcceptedStatus = 202;
    private const int NoContentStatus = 204;
    private const int NotFoundStatus = 404;

    /// <summary>Reads a resource.</summary>
    /// <param name="id">The resource.</param>
    /// <param name="apiVersion">The API's version.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <param name="query">More of the query, as <c>&amp;name=value</c>.</param>
    /// <exception cref="RequestFailedException">The service refused, or its answer is no document.</exception>
    public async Task<JsonObject> GetAsync(ResourceIdentifier id, string apiVersion, CancellationToken cancellation, string query = "")
    {
        using HttpMessage message = await SendAsync(RequestMethod.Get, AddressOf(id, apiVersion, query), body: null, cancellation).ConfigureAwait(false);
        return message.Response.Status == OkStatus ? Parse(message.Response) : throw new RequestFailedException(message.Response);
    }

    /// <summary>Reads a resource that may not be there.</summary>
    /// <returns>Null where it is not.</returns>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<JsonObject?> FindAsync(ResourceIdentifier id, string apiVersion, CancellationToken cancellation, string query = "")
    {
        try
        {
            return await GetAsync(id, apiVersion, cancellation, query).ConfigureAwait(false);
        }
        catch (RequestFailedException failure) when (failure.Status == NotFoundStatus)
        {
            return null;
        }
    }

    /// <summary>Makes or replaces a resource, and waits until that is done.</summary>
    public Task PutAsync(ResourceIdentifier id, string apiVersion, JsonObject body, OperationContext context) => ChangeAsync(RequestMethod.Put, AddressOf(id, apiVersion), body, context);

    /// <summary>Changes parts of a resource, and waits until that is done.</summary>
    public Task PatchAsync(ResourceIdentifier id, string apiVersion, JsonObject body, OperationContext context) => ChangeAsync(RequestMethod.Patch, AddressOf(id, apiVersion), body, context);

    /// <summary>Has a resource do something, and waits until that is done.</summary>
    public Task PostAsync(ResourceIdentifier id, string action, string apiVersion, OperationContext context)
        => ChangeAsync(RequestMethod.Post, new Uri(Endpoint, $"{id}/{action}?api-version={apiVersion}"), body: null, context);

    /// <summary>Deletes a resource, and waits until that is done. One that is not there is deleted.</summary>
    public Task DeleteAsync(ResourceIdentifier id, string apiVersion, OperationContext context) => ChangeAsync(RequestMethod.Delete, AddressOf(id, apiVersion), body: null, context);

    private Uri AddressOf(ResourceIdentifier id, string apiVersion, string query = "") => new(Endpoint, $"{id}?api-version={apiVersion}{query}");

    private async Task ChangeAsync(RequestMethod method, Uri address, JsonObject? body, OperationContext context)
    {
        using HttpMessage message = await SendAsync(method, address, body, context.Cancellation).ConfigureAwait(false);
        if (message.Response.Status is not (OkStatus or CreatedStatus or AcceptedStatus or NoContentStatus))
        {
            throw new RequestFailedException(message.Response);
        }

        await OperationWaiter.WaitAsync(new DocumentOperation(this, message.Response), context).ConfigureAwait(false);
    }

    private async Task<HttpMessage> SendAsync(RequestMethod method, Uri address, JsonObject? body, CancellationToken cancellation)
    {
        HttpMessage message = Pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("Accept", "application/json");
        if (body is not null)
        {
            message.Request.Headers.Add("Content-Type", "application/json");
            message.Request.Content = RequestContent.Create(Encoding.UTF8.GetBytes(body.ToJsonString()));
        }

        await Pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        return message;
    }

    private static JsonObject Parse(Response response)
    {
        try
        {
            return JsonNode.Parse(response.Content) as JsonObject ?? throw new JsonException("It is no object.");
        }
        catch (JsonException exception)
        {
            throw new RequestFailedException(response.Status, "The answer is no document.", "InvalidAnswer", exception);
        }
    }

    /// <summary>
    /// What a change began, as Resource Manager tells it (Async Operations of the Resource Manager RPC): at the address of Azure-AsyncOperation by its
    /// status, else at that of Location by 202 until it is done.
    /// </summary>
    private sealed class DocumentOperation : Operation
    {
        private readonly ResourceDocuments _documents;
        private readonly Uri? _statusAddress;
        private readonly Uri? _location;
        private Response _response;
        private bool _hasCompleted;

        public DocumentOperation(ResourceDocuments documents, Response first)
        {
            _documents = documents;
            _response = first;
            _statusAddress = Address("Azure-AsyncOperation");
            _location = Address("Location");
            _hasCompleted = _statusAddress is null && (first.Status != AcceptedStatus || _location is null);
        }

        public override string Id => (_statusAddress ?? _location)?.AbsolutePath ?? string.Empty;

        public override bool HasCompleted => _hasCompleted;

        public override Response GetRawResponse() => _response;

        public override Response UpdateStatus(CancellationToken cancellationToken = default) => UpdateStatusAsync(cancellationToken).AsTask().GetAwaiter().GetResult();

        public override async ValueTask<Response> UpdateStatusAsync(CancellationToken cancellationToken = default)
        {
            using HttpMessage message = await _documents.SendAsync(RequestMethod.Get, (_statusAddress ?? _location)!, body: null, cancellationToken).ConfigureAwait(false);
            _response = message.Response;
            if (_statusAddress is null)
            {
                _hasCompleted = _response.Status is OkStatus or CreatedStatus or NoContentStatus;
                return _hasCompleted || _response.Status == AcceptedStatus ? _response : throw new RequestFailedException(_response);
            }

            if (_response.Status is not (OkStatus or CreatedStatus or AcceptedStatus))
            {
                throw new RequestFailedException(_response);
            }

            JsonObject status = Parse(_response);
            string state = (status["status"] as JsonValue)?.TryGetValue(out string? text) == true ? text : string.Empty;
            _hasCompleted = string.Equals(state, "Succeeded", StringComparison.OrdinalIgnoreCase);
            return !IsOver(state, "Failed") && !IsOver(state, "Canceled") ? _response : throw new RequestFailedException(
                _response.Status, Text(status, "message") ?? string.Format(CultureInfo.InvariantCulture, "The operation ended as {0}.", state), Text(status, "code") ?? "Operation" + state, innerException: null);
        }

        private static bool IsOver(string state, string end) => string.Equals(state, end, StringComparison.OrdinalIgnoreCase);

        private static string? Text(JsonObject status, string name) => status["error"] is JsonObject error && error[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

        /// <summary>What it is asked with is our token: only from the host that we asked first.</summary>
        private Uri? Address(string header)
            => _response.Headers.TryGetValue(header, out string? text) && Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
                && string.Equals(address.Scheme, _documents.Endpoint.Scheme, StringComparison.OrdinalIgnoreCase)
                && string.Equals(address.Authority, _documents.Endpoint.Authority, StringComparison.OrdinalIgnoreCase)
                    ? address
                    : null;
    }
}
