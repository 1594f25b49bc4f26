using System.Net;
using System.Net.Http.Headers;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Tests.Session;

public sealed class ServiceRetryPolicyTests
{
    private readonly InstantTime _time = new();

    [Fact]
    public async Task A_throttled_request_waits_as_long_as_the_service_asks()
    {
        ScriptedHandler handler = new((_, n) => n == 0 ? Throttled(new RetryConditionHeaderValue(TimeSpan.FromSeconds(17))) : new(HttpStatusCode.OK));

        Response response = await SendAsync(handler);

        Assert.Equal(200, response.Status);
        Assert.Equal([TimeSpan.FromSeconds(17)], _time.Waits);
    }

    [Fact]
    public async Task A_date_in_Retry_After_is_understood()
    {
        ScriptedHandler handler = new((_, n) => n == 0 ? Throttled(new RetryConditionHeaderValue(_time.GetUtcNow().AddSeconds(9))) : new(HttpStatusCode.OK));

        await SendAsync(handler);

        Assert.Equal([TimeSpan.FromSeconds(9)], _time.Waits);
    }

    [Fact]
    public async Task A_wait_of_days_is_cut_to_two_minutes()
    {
        ScriptedHandler handler = new((_, n) => n == 0 ? Throttled(new RetryConditionHeaderValue(TimeSpan.FromDays(3))) : new(HttpStatusCode.OK));

        await SendAsync(handler);

        Assert.Equal([TimeSpan.FromMinutes(2)], _time.Waits);
    }

    [Fact]
    public async Task Without_advice_each_wait_is_longer_and_the_last_answer_is_returned()
    {
        ScriptedHandler handler = new((_, _) => new(HttpStatusCode.InternalServerError));

        Response response = await SendAsync(handler);

        Assert.Equal(500, response.Status);
        Assert.Equal(8, handler.Requests.Count);
        Assert.Equal(_time.Waits.Take(5).Order(), _time.Waits.Take(5));
        Assert.All(_time.Waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(600), TimeSpan.FromSeconds(36)));
    }

    [Fact]
    public async Task A_broken_connection_is_tried_again()
    {
        ScriptedHandler handler = new((_, n) => n < 2 ? throw new HttpRequestException("reset") : new(HttpStatusCode.OK));

        Response response = await SendAsync(handler);

        Assert.Equal(200, response.Status);
        Assert.Equal(2, _time.Waits.Count);
    }

    [Theory]
    [InlineData("PUT", "https://management.example/x?api-version=1", true)]
    [InlineData("GET", "https://management.example/x?api-version=1", false)]
    [InlineData("PUT", "https://storage.example/x", false)]
    public async Task A_conflict_with_what_a_lost_request_began_is_waited_for(string method, string address, bool isWaitedFor)
    {
        ScriptedHandler handler = new((_, n) => n == 0 ? throw new HttpRequestException("reset") : new(n < 3 ? HttpStatusCode.Conflict : HttpStatusCode.OK));

        Response response = await SendAsync(handler, RequestMethod.Parse(method), address);

        Assert.Equal(isWaitedFor ? 200 : 409, response.Status);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.BadRequest)]
    public async Task What_will_not_pass_is_not_tried_again(HttpStatusCode status)
    {
        ScriptedHandler handler = new((_, _) => new(status));

        await SendAsync(handler);

        Assert.Single(handler.Requests);
    }

    [Fact]
    public async Task A_service_that_never_answers_in_time_is_a_failure_and_no_cancellation()
    {
        ScriptedHandler handler = new((_, _) => throw new TaskCanceledException("timeout of one try"));

        RequestFailedException failure = await Assert.ThrowsAsync<RequestFailedException>(() => SendAsync(handler));

        Assert.Equal(0, failure.Status);
        Assert.Equal(8, handler.Requests.Count);
    }

    [Fact]
    public async Task Retries_are_told_to_the_observer_in_scope()
    {
        Observer observer = new();
        ScriptedHandler handler = new((_, n) => n == 0 ? Throttled(new RetryConditionHeaderValue(TimeSpan.FromSeconds(3))) : new(HttpStatusCode.OK));

        using (HttpPipeline.CreateHttpMessagePropertiesScope(new Dictionary<string, object?>(StringComparer.Ordinal) { [ServiceRetryPolicy.ObserverProperty] = observer }))
        {
            await SendAsync(handler);
        }

        Assert.Equal([(429, TimeSpan.FromSeconds(3))], observer.Seen);
    }

    private async Task<Response> SendAsync(HttpMessageHandler handler, RequestMethod? method = null, string address = "https://service.example/")
    {
        HttpPipeline pipeline = new(new HttpClientTransport(handler), [new ServiceRetryPolicy(_time)]);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = method ?? RequestMethod.Get;
        message.Request.Uri.Reset(new Uri(address));
        await pipeline.SendAsync(message, TestContext.Current.CancellationToken);
        return message.Response;
    }

    private static HttpResponseMessage Throttled(RetryConditionHeaderValue retryAfter)
    {
        HttpResponseMessage response = new(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter = retryAfter;
        return response;
    }

    private sealed class Observer : IRetryObserver
    {
        public List<(int Status, TimeSpan Delay)> Seen { get; } = [];

        public void Retrying(int status, TimeSpan delay) => Seen.Add((status, delay));
    }
}
