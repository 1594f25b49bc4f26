using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using AzImageTools.Disks;
using Azure;
using Azure.Identity;

namespace AzImageTools.Services.Session;

/// <summary>Turns what the SDK throws into <see cref="ImageServiceException"/>s, without the secrets that it may hold.</summary>
internal static class AzureErrors
{
    private const string InvalidAnswer = "InvalidAnswer";

    /// <summary>What the SDK says where the service says nothing.</summary>
    private const string NothingSaid = "Service request failed.";

    /// <summary>How much of a service's message is shown, in characters.</summary>
    private const int LongestProblem = 2000;

    /// <summary>Runs a call to Azure and turns its failure into an <see cref="ImageServiceException"/>.</summary>
    /// <param name="doing">What is tried, as the beginning of a sentence: <c>Creating the disk 'web01'</c>.</param>
    /// <param name="target">The object concerned. Never a secret.</param>
    /// <param name="call">The call.</param>
    public static async Task<T> CallAsync<T>(string doing, object? target, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsFromService(exception))
        {
            throw Translate(exception, doing, target);
        }
    }

    /// <summary>Runs a call to Azure and turns its failure into an <see cref="ImageServiceException"/>.</summary>
    /// <param name="doing">What is tried, as the beginning of a sentence: <c>Creating the disk 'web01'</c>.</param>
    /// <param name="target">The object concerned. Never a secret.</param>
    /// <param name="call">The call.</param>
    public static Task CallAsync(string doing, object? target, Func<Task> call)
        => CallAsync(doing, target, async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        });

    /// <summary>Whether the exception tells of a failure in Azure or on the way to it, rather than of a cancellation or a fault of ours.</summary>
    public static bool IsFromService(Exception exception)
        => exception is RequestFailedException or AuthenticationFailedException or HttpRequestException || IsUnreadableAnswer(exception)
            || (exception is AggregateException several && several.InnerExceptions.Count > 0 && several.InnerExceptions.All(IsFromService));

    /// <summary>The failure as an <see cref="ImageServiceException"/>.</summary>
    /// <param name="exception">One for which <see cref="IsFromService"/> holds.</param>
    /// <param name="doing">What was tried, as the beginning of a sentence.</param>
    /// <param name="target">The object concerned. Never a secret.</param>
    public static ImageServiceException Translate(Exception exception, string doing, object? target)
        => exception switch
        {
            not CredentialUnavailableException when ConnectionFailure.Find(exception) is { } failed => Create(
                failed.ErrorId, failed.Kind, doing, failed.Problem, failed.Remedy, target, exception),
            AggregateException several => Translate(several.InnerExceptions[several.InnerExceptions.Count - 1], doing, target),
            CredentialUnavailableException => Create(
                "CredentialUnavailable", ErrorKind.Authentication, doing, FirstLine(exception), ServiceErrorCatalogue.SignInRemedy, target, exception),
            AuthenticationFailedException => Create(
                "AuthenticationFailed", ErrorKind.Authentication, doing, FirstLine(exception), ServiceErrorCatalogue.SignInRemedy, target, exception),
            RequestFailedException failure => FromAnswer(failure, doing, target),
            _ when IsUnreadableAnswer(exception) => Create(
                InvalidAnswer, ServiceErrorCatalogue.KindOf(0, InvalidAnswer), doing, "The service's answer can't be read.", ServiceErrorCatalogue.RemedyFor(0, InvalidAnswer), target, exception),
            _ => Create(
                "ConnectionFailed", ErrorKind.Connection, doing, FirstLine(exception), ServiceErrorCatalogue.ConnectionRemedy, target, exception),
        };

    /// <summary>What the SDK's parsers throw at an answer that is none of the service's. Ours throw nothing of that while Azure is asked.</summary>
    private static bool IsUnreadableAnswer(Exception exception)
        => exception is XmlException or JsonException or FormatException || (exception is InvalidOperationException or KeyNotFoundException && exception.Source == "System.Text.Json");

    private static ImageServiceException FromAnswer(RequestFailedException failure, string doing, object? target)
    {
        if (failure.Status == 0)
        {
            return Create("ConnectionFailed", ErrorKind.Connection, doing, FirstLine(failure), ServiceErrorCatalogue.ConnectionRemedy, target, failure);
        }

        string? code = failure.ErrorCode;
        if (string.IsNullOrEmpty(code))
        {
            failure.GetRawResponse()?.Headers.TryGetValue("x-ms-error-code", out code);
        }

        string errorId = PascalCase(code) ?? ServiceErrorCatalogue.IdOfStatus(failure.Status);
        return Create(
            errorId,
            ServiceErrorCatalogue.KindOf(failure.Status, errorId),
            doing,
            ProblemOf(failure),
            DataActionPolicy.Find(failure.GetRawResponse()) is { } action
                ? $"Your sign-in lacks the data action {action} on the storage account: ask for a role that has it, such as Storage Blob Data {(action.EndsWith("/read", StringComparison.Ordinal) ? "Reader" : "Contributor")}, or use a SAS that allows it."
                : ServiceErrorCatalogue.RemedyFor(failure.Status, errorId),
            target,
            failure);
    }

    private static string ProblemOf(RequestFailedException failure)
    {
        if (failure.Status is >= 300 and < 400 && failure.GetRawResponse()?.Headers.TryGetValue("Location", out string? location) == true)
        {
            // Its address may repeat ours, with the signature.
            string host = Uri.TryCreate(location, UriKind.Absolute, out Uri? address) ? address.Host : "another address";
            return PrintableText.Of($"The answer ({failure.Status}) leads to {host}.");
        }

        string problem = FirstLine(failure);
        return string.Equals(problem, NothingSaid, StringComparison.Ordinal)
            ? string.Join(" ", new[] { "The service answers", failure.Status.ToString(CultureInfo.InvariantCulture), PrintableText.Of(failure.GetRawResponse()?.ReasonPhrase ?? string.Empty) }.Where(static word => word.Length > 0)) + "."
            : problem;
    }

    private static ImageServiceException Create(
        string errorId, ErrorKind kind, string doing, string problem, string remedy, object? target, Exception cause)
        => new(errorId, kind, $"{doing} failed: {problem}", remedy, target, cause);

    /// <summary>
    /// The sentences of a service's message, without the request's headers and ids that the SDK adds, and without the list of every
    /// credential that Azure.Identity tried in vain: the cause keeps them.
    /// </summary>
    private static string FirstLine(Exception exception)
    {
        StringBuilder text = new();
        foreach (string line in exception.Message.Split('\r', '\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("RequestId:", StringComparison.Ordinal)
                || line.StartsWith("Status:", StringComparison.Ordinal)
                || line.StartsWith("Content:", StringComparison.Ordinal)
                || line.StartsWith("- ", StringComparison.Ordinal))
            {
                break;
            }

            if (line.Length > 0)
            {
                text.Append(text.Length > 0 ? " " : string.Empty).Append(line);
            }
        }

        // Azure.Identity's messages end where the cause begins.
        if (exception.InnerException is not null && (text.Length == 0 || text[text.Length - 1] == ':'))
        {
            return FirstLine(exception.InnerException);
        }

        string problem = PrintableText.Of(text.Length > 0 ? text.ToString(0, Math.Min(text.Length, LongestProblem)) : exception.GetType().Name);
        return problem[problem.Length - 1] is '.' or '!' or '?' ? problem : problem + ".";
    }

    private static string? PascalCase(string? code)
    {
        if (code is null)
        {
            return null;
        }

        StringBuilder id = new(code.Length);
        bool startsWord = true;
        foreach (char letter in code.Take(100))
        {
            if (letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'))
            {
                id.Append(startsWord ? char.ToUpperInvariant(letter) : letter);
                startsWord = false;
            }
            else
            {
                startsWord = true;
            }
        }

        return id.Length > 0 ? id.ToString() : null;
    }
}
