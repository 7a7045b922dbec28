// A certified provider with its own pages, for one test run. Arguments: its port, the callback, the address after
// signing out. Whoever signs in as NAME is the person whose HR reference is NAME; any password will do.
import Provider from 'oidc-provider';

const [port, callback, signedOut] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'traumatracker',
    client_secret: 'a-secret-for-the-tests-alone',
    redirect_uris: [callback],
    post_logout_redirect_uris: [signedOut],
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], profile: ['employeeid'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, employeeid: id }) }),
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['for the tests alone'] },
});
// Its pages fetch a typeface from elsewhere, which no test may.
provider.use(async (context, next) => {
  await next();
  if (typeof context.body === 'string') context.body = context.body.replace(/@import url\([^)]*\);/g, '');
});
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready ${issuer}`));
