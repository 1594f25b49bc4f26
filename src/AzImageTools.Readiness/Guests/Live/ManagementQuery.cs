using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// Asks Windows Management Instrumentation of this machine, by its scripting interface, which needs no library of ours. What
/// it does not know, or does not tell this user, is null.
/// </summary>
internal static class ManagementQuery
{
    /// <summary>A property of the first instance that a query finds.</summary>
    /// <param name="space">The namespace, such as <c>root\cimv2</c>.</param>
    /// <param name="query">The query, in WQL.</param>
    /// <param name="property">The property.</param>
    public static object? GetProperty(string space, string query, string property)
    {
        try
        {
            return Deadline.Wait(() => Ask(space, query, property));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static object? Ask(string space, string query, string property)
    {
        try
        {
            // The check is the compiler's: guests of other systems are never asked.
            object? locator = RunningSystem.IsWindows && Type.GetTypeFromProgID("WbemScripting.SWbemLocator") is { } type
                ? Activator.CreateInstance(type)
                : null;
            object? service = Invoke(locator, "ConnectServer", BindingFlags.InvokeMethod, ".", space);
            object? found = Invoke(service, "ExecQuery", BindingFlags.InvokeMethod, query);
            return found is IEnumerable instances ? instances.Cast<object>().Select(instance => Read(instance, property)).FirstOrDefault() : null;
        }
        catch (Exception exception) when (exception is COMException or TargetInvocationException or MissingMemberException
            or UnauthorizedAccessException or InvalidCastException or NotSupportedException)
        {
            return null;
        }
    }

    private static object? Read(object? instance, string property)
        => Invoke(Invoke(Invoke(instance, "Properties_", BindingFlags.GetProperty), "Item", BindingFlags.InvokeMethod, property), "Value", BindingFlags.GetProperty);

    private static object? Invoke(object? target, string member, BindingFlags kind, params object[] arguments)
        => target?.GetType().InvokeMember(member, kind, binder: null, target, arguments, System.Globalization.CultureInfo.InvariantCulture);
}
