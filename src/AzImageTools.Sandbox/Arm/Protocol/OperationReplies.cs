using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>Starts long-running operations and answers those who ask how they do.</summary>
internal sealed class OperationReplies(ArmStore store)
{
    /// <summary>Takes an operation in and tells where to ask for it.</summary>
    /// <param name="request">What started it.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="status">201 or 202.</param>
    /// <param name="body">The resource as it is until then; null for none.</param>
    /// <param name="withLocation">Whether its result can be fetched from <c>Location</c>.</param>
    public HttpResponseMessage Start(ArmRequest request, ArmOperation operation, HttpStatusCode status, JsonNode? body, bool withLocation)
    {
        store.Operations.Add(operation.Id, operation);
        var response = body is null ? ArmReply.Empty(status) : ArmReply.Json(status, body);
        response.Headers.Add("Azure-AsyncOperation", Address(request, operation, monitor: false));
        if (withLocation)
        {
            response.Headers.Add("Location", Address(request, operation, monitor: true));
        }

        return WithRetryAfter(response, operation);
    }

    /// <summary>Takes in an operation of Resource Manager itself, which is asked for by <c>Location</c> only.</summary>
    public HttpResponseMessage StartResult(ArmRequest request, ArmOperation operation)
    {
        store.Operations.Add(operation.Id, operation);
        return PendingResult(request, operation);
    }

    /// <summary>Answers who asks for an operation of Resource Manager itself.</summary>
    public HttpResponseMessage PollResult(ArmRequest request, string id)
    {
        var operation = Find(id);
        operation.Poll(store.Cloud.Now);
        return !operation.IsDone ? PendingResult(request, operation)
            : operation.Error is { } error ? ArmReply.Error(error)
            : ArmReply.Empty(HttpStatusCode.OK);
    }

    /// <summary>Answers a poll at either address.</summary>
    public HttpResponseMessage Poll(ArmRequest request, string id)
    {
        var operation = Find(id);
        operation.Poll(store.Cloud.Now);
        return JsonReading.Same(request.Http.QueryValue("monitor"), "true") ? Monitor(request, operation) : Tell(operation);
    }

    private ArmOperation Find(string id)
        => store.Operations.TryGetValue(id, out var operation)
            ? operation
            : throw new ArmException(HttpStatusCode.NotFound, "NotFound", "The operation '" + id + "' was not found.");

    private static HttpResponseMessage PendingResult(ArmRequest request, ArmOperation operation)
    {
        var response = ArmReply.Empty(HttpStatusCode.Accepted);
        response.Headers.Add("Location", Root(request) + "/operationresults/" + operation.Id + "?api-version=" + Uri.EscapeDataString(request.ApiVersion));
        return WithRetryAfter(response, operation);
    }

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffffzzz", CultureInfo.InvariantCulture);

    private static HttpResponseMessage Monitor(ArmRequest request, ArmOperation operation)
    {
        if (!operation.IsDone)
        {
            var response = ArmReply.Empty(HttpStatusCode.Accepted);
            response.Headers.Add("Location", Address(request, operation, monitor: true));
            return WithRetryAfter(response, operation);
        }

        if (operation.Error is { } error)
        {
            return ArmReply.Error(error);
        }

        return operation.Result() is { } result ? ArmReply.Ok(result) : ArmReply.Empty(HttpStatusCode.OK);
    }

    private static HttpResponseMessage Tell(ArmOperation operation)
    {
        var body = new JsonObject { ["startTime"] = Time(operation.Started) };
        if (operation.Ended is { } ended)
        {
            body["endTime"] = Time(ended);
        }

        body["status"] = operation.Status;
        if (operation.Error is { } error)
        {
            body["error"] = ArmReply.Describe(error);
        }
        else if (operation.IsDone && operation.Result() is { } result)
        {
            body["properties"] = new JsonObject { ["output"] = result.DeepClone() };
        }

        body["name"] = operation.Id;
        var response = ArmReply.Ok(body);
        return operation.IsDone ? response : WithRetryAfter(response, operation);
    }

    private static HttpResponseMessage WithRetryAfter(HttpResponseMessage response, ArmOperation operation)
    {
        var seconds = (long)operation.RetryAfter.TotalSeconds;
        response.Headers.Add("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
        return response;
    }

    private static string Root(ArmRequest request) => request.Http.Uri.GetLeftPart(UriPartial.Authority) + "/subscriptions/" + request.SubscriptionId;

    private static string Address(ArmRequest request, ArmOperation operation, bool monitor)
        => Root(request) + "/providers/" + request.Type.Split('/')[0] + "/locations/" + operation.Location + "/" + operation.Kind + "/" + operation.Id
            + (monitor ? "?monitor=true&" : "?") + "api-version=" + Uri.EscapeDataString(request.ApiVersion);
}
